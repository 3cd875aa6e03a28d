"""Components that show the encoding of the visitor's image; reconstruction.js updates them.

On the stage: the model input x, the decoder's mean at z = mu, and -ELBO as a stacked bar. Under
"Details": reconstructions at samples of q(z|x), and the KL of each latent dimension.
"""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import ResampleRequest, unit
from app.frontend.templates import render
from app.model import inference
from app.registry.models import ModelRegistry

FOLDER = Path(__file__).parent


def posterior_samples() -> gr.HTML:
    """Return eight reconstructions at z ~ q(z|x), and a button that resamples them."""
    return _part("posterior_samples", elem_id="posterior-samples")


def kl_dimensions() -> gr.HTML:
    """Return the KL per latent dimension."""
    return _part("kl_dimensions", elem_id="kl-dimensions")


def reconstruction_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server function of the posterior samples, for the RPC endpoint."""

    def resample(request: ResampleRequest) -> Payload:
        """Return images, decoded at z ~ q(z|x)."""
        vae = registry[request.model].vae
        posterior = inference.encode(vae, unit(request.pixels)[None])
        drawn = inference.posterior_codes(posterior, request.count, request.seed)
        return {"images": pack_images(inference.decode(vae, drawn))}

    return [resample]


def _part(name: str, elem_id: str) -> gr.HTML:
    markup = render(FOLDER / f"{name}.html")
    return component(FOLDER / "reconstruction.js", markup, elem_id=elem_id, part=name)
