"""Why a reconstruction is blurry: averages of samples of p(x|z), and images with the same code."""

from pathlib import Path

import gradio as gr
import numpy as np

from app.frontend.mount import component
from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import ImageRequest, unit
from app.frontend.templates import render
from app.model import inference
from app.model.inference import Array, Posterior
from app.registry.models import Model, ModelRegistry

FOLDER = Path(__file__).parent
AVERAGED = (1, 4, 16, 256)  # samples of p(x|z) in each average
RADIUS = 2  # standard deviations of q(z|x), as the larger ellipse on the map


def blur() -> gr.HTML:
    """Return the component for the visitor's image."""
    markup = render(FOLDER / "template.html", averaged=AVERAGED)
    return component(FOLDER / "blur.js", markup, elem_id="blur")


def blur_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server function of this component, for the RPC endpoint."""

    def average_draws(request: ImageRequest) -> Payload:
        """Return averages of samples of p(x|z) at z = mu, and how many test images share the code.

        images: the averages of AVERAGED samples, each (28, 28). test_images: their number.
        sharing: how many of each class have their mu within `radius` standard deviations of z.
        """
        model = registry[request.model]
        posterior = inference.encode(model.vae, unit(request.pixels)[None])
        x_hat = inference.decode(model.vae, posterior.mu)
        draws = inference.draw_pixels(
            model.vae, np.repeat(x_hat, max(AVERAGED), axis=0), request.seed
        )
        averages = np.stack([draws[:count].mean(axis=0) for count in AVERAGED])
        return {
            "model": model.name,
            "images": pack_images(averages),
            "test_images": 0 if model.codes is None else len(model.codes.mu),
            "radius": RADIUS,
            "sharing": _sharing(model, posterior),
        }

    return [average_draws]


def _sharing(model: Model, posterior: Posterior) -> dict[str, int]:
    """Return the number of test images near a code, by class, the largest first."""
    if model.codes is None or posterior.kl is None:
        return {}
    near: Array = np.linalg.norm((model.codes.mu - posterior.mu) / posterior.std, axis=1) <= RADIUS
    counts = np.bincount(model.codes.label[near], minlength=len(model.data.classes))
    order = np.argsort(-counts, kind="stable")
    return {model.data.classes[label]: int(counts[label]) for label in order if counts[label]}
