"""One button that optimizes q(z|x) for one image alone; amortization.js shows the gain."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.payloads import Payload, ServerFunction, finite, pack_images
from app.frontend.requests import ImageRequest, unit
from app.frontend.templates import render
from app.model import amortization, inference, quadrature
from app.model.inference import Array
from app.model.vae import VAE
from app.registry.models import ModelRegistry

FOLDER = Path(__file__).parent


def amortization_gap() -> gr.HTML:
    """Return the component for the visitor's image."""
    markup = render(FOLDER / "template.html", steps=amortization.STEPS)
    return component(FOLDER / "amortization.js", markup, elem_id="amortization")


def amortization_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of this component, for the RPC endpoint."""

    def refine(request: ImageRequest) -> Payload:
        """Optimize q(z|x) of one image.

        Return steps, and at each of them reconstruction and kl; images, decoded at the encoder's
        mu and at the refined one; gain, in nats; log_p, log p(x) by quadrature for a model with
        two latent dimensions, otherwise null.
        """
        model = registry[request.model]
        x = unit(request.pixels)
        found = amortization.refine(model.vae, x, request.seed)
        return {
            "model": model.name,
            "steps": found.steps,
            "reconstruction": finite(found.reconstruction),
            "kl": finite(found.kl),
            "images": pack_images(found.x_hat),
            "gain": found.gain,
            "log_p": _log_p(model.vae, x),
        }

    return [refine]


def _log_p(vae: VAE, x: Array) -> float | None:
    """Return log p(x) of an image (28, 28) in nats, by quadrature; None if z is not 2-D."""
    if vae.config.latent_dim != 2:
        return None
    return float(quadrature.log_p_near(vae, inference.to_images(vae, x[None])))
