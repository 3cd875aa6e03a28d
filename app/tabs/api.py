"""The public API: one named endpoint for each thing that the tabs do.

The tabs themselves answer a moving pointer through the bridge; these are the same functions for
programs, described on the API page by their docstrings.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

import gradio as gr
import numpy as np
from gradio.processing_utils import save_bytes_to_cache
from PIL import Image

from app import images, inference
from app.catalogue import Catalogue, Model
from app.live.image_input import image_input
from app.live.wire import finite, read_codes

Function = Callable[..., Any]


def api(catalogue: Catalogue) -> None:
    """Adds the endpoints to the page, on components that nobody sees."""
    with gr.Column(visible=False):
        endpoints(catalogue)


def endpoints(catalogue: Catalogue) -> None:
    """Wires every endpoint to its inputs and outputs, in the order of its parameters."""
    image, image_b = (image_input(label=label) for label in ("image", "image_b"))
    model = gr.Textbox(label="model")
    prepare = gr.Checkbox(True, label="prepare")
    seed = gr.Number(0, label="seed", precision=0)
    z = gr.JSON(label="z")
    answer = gr.JSON(label="answer")
    picture, second = (gr.Image(format="png", label=label) for label in ("picture", "second"))
    count = gr.Number(64, label="count", precision=0)
    temperature = gr.Number(1.0, label="temperature")
    steps = gr.Number(16, label="steps", precision=0)
    method = gr.Textbox("spherical", label="method")
    animation = gr.File(label="animation")

    offered: list[tuple[Function, list[Any], list[Any]]] = [
        (_models(catalogue), [], [answer]),
        (_encode(catalogue), [image, model, prepare], [answer]),
        (_decode(catalogue), [z, model], [picture]),
        (_reconstruct(catalogue), [image, model, seed, prepare], [picture, second, answer]),
        (_sample(catalogue), [model, count, temperature, seed], [picture]),
        (
            _interpolate(catalogue, animation.GRADIO_CACHE),
            [image, image_b, model, steps, method],
            [picture, animation],
        ),
    ]
    for function, inputs, outputs in offered:
        trigger = gr.Button(function.__name__)
        name = function.__name__
        trigger.click(_sentences(function), inputs, outputs, api_name=name)


def _sentences(function: Function) -> Function:
    """The same function with its ValueErrors as sentences for the caller."""

    @wraps(function)
    def checked(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return checked


def _models(catalogue: Catalogue) -> Function:
    def models() -> dict[str, Any]:
        """The models on offer, by name: configuration, data and measured metrics."""
        loaded = (catalogue[name] for name in catalogue.names)
        return {
            model.name: {
                "config": asdict(model.vae.config),
                "data": asdict(model.data),
                "metrics": model.metrics,
            }
            for model in loaded
        }

    return models


def _encode(catalogue: Catalogue) -> Function:
    def encode(image: Image.Image | None, model: str, prepare: bool = True) -> dict[str, Any]:
        """q(z|x) of a picture: mu, std and kl_nats, one number per latent dimension.

        prepare: as the model's data was (MNIST's: ink found, scaled to 20 pixels, centred), or a
        plain resize.
        """
        chosen = catalogue[model]
        seen = _seen(catalogue, image, chosen, prepare).x[None]
        return _posterior(inference.encode(chosen.vae, seen))

    return encode


def _decode(catalogue: Catalogue) -> Function:
    def decode(z: list[Any], model: str) -> Image.Image:
        """The decoder's mean at one code (Z) or at up to 400 codes (B, Z), as a grid of tiles."""
        vae = catalogue[model].vae
        codes = read_codes(z, vae.config.latent_dim, inference.MAX_IMAGES)
        return images.tile(inference.decode(vae, codes))

    return decode


def _reconstruct(catalogue: Catalogue) -> Function:
    def reconstruct(
        image: Image.Image | None, model: str, seed: float = 0, prepare: bool = True
    ) -> tuple[Image.Image, Image.Image, dict[str, Any]]:
        """What the model saw, its reconstruction at z = mu, and the terms of the ELBO in nats.

        JSON: mu, std, kl_nats per dimension; reconstruction_nats = -E_q[log p(x|z)]; elbo_nats, a
        negative number; z, one draw from q(z|x) with the seed's epsilon; remark, one sentence on
        how the image was read, or "".
        """
        chosen = catalogue[model]
        read = _seen(catalogue, image, chosen, prepare)
        seen = read.x[None]
        result = inference.reconstruct(chosen.vae, seen)
        drawn = inference.posterior_codes(result.posterior, 1, _whole("seed", seed))
        terms = {
            **_posterior(result.posterior),
            "reconstruction_nats": float(result.reconstruction[0]),
            "elbo_nats": None if result.elbo is None else float(result.elbo[0]),
            "z": finite(drawn[0]),
            "remark": read.remark,
        }
        return images.tile(seen), images.tile(result.x_hat), terms

    return reconstruct


def _sample(catalogue: Catalogue) -> Function:
    def sample(
        model: str, count: float = 64, temperature: float = 1.0, seed: float = 0
    ) -> Image.Image:
        """New images: the decoder's means at z = temperature * epsilon, as a grid of tiles."""
        vae = catalogue[model].vae
        wanted, drawn_with = _whole("count", count), _whole("seed", seed)
        _, drawn = inference.sample(vae, wanted, _number("temperature", temperature), drawn_with)
        return images.tile(drawn)

    return sample


def _interpolate(catalogue: Catalogue, cache: str) -> Function:
    def interpolate(
        image_a: Image.Image | None,
        image_b: Image.Image | None,
        model: str,
        steps: float = 16,
        method: str = "spherical",
    ) -> tuple[Image.Image, str]:
        """The path between two pictures' codes, "linear" or "spherical": a strip and a GIF."""
        chosen = catalogue[model]
        both = (_seen(catalogue, image, chosen).x[None] for image in (image_a, image_b))
        z_a, z_b = (inference.encode(chosen.vae, seen).mu[0] for seen in both)
        path = inference.interpolate(z_a, z_b, _whole("steps", steps), method)
        frames = inference.decode(chosen.vae, path)
        gif = save_bytes_to_cache(images.animation(frames), "interpolation.gif", cache)
        return images.tile(frames, columns=len(frames)), gif

    return interpolate


def _seen(
    catalogue: Catalogue, image: Image.Image | None, model: Model, prepare: bool = True
) -> images.Result:
    """Return what the model sees of an image, prepared as its data was or resized."""
    if image is None:
        raise ValueError("An image is needed: send a PNG, JPEG or WebP file.")
    if prepare and model.data.digits:
        return images.read_image(image, catalogue.typicality)
    return images.Result(images.PREPARATIONS[model.data.prepare if prepare else "resize"](image))


def _posterior(posterior: inference.Posterior) -> dict[str, Any]:
    return {
        "mu": finite(posterior.mu[0]),
        "std": finite(posterior.std[0]),
        "kl_nats": None if posterior.kl is None else finite(posterior.kl[0]),
    }


def _number(name: str, value: object) -> float:
    if not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{name} must be a number, got {value!r:.40}")
    return float(value)


def _whole(name: str, value: object) -> int:
    number = _number(name, value)
    if number != int(number):
        raise ValueError(f"{name} must be a whole number, got {number:g}")
    return int(number)
