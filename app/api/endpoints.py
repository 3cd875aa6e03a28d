"""The named endpoints for the functions of the tabs.

The page calls the same functions through the RPC endpoint. The docstrings of the endpoints are
shown on Gradio's API page and to MCP clients.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from PIL import Image

from app import images
from app.api.fields import AnswerField, CodesField, ImageField, NumberField
from app.frontend import requests
from app.frontend.payloads import finite
from app.frontend.requests import (
    DecodeRequest,
    PathRequest,
    Request,
    SampleRequest,
    Whole,
    parse,
)
from app.model import inference
from app.registry.models import Model, ModelRegistry

Function = Callable[..., Any]

# One limit for all endpoints: with one limit per endpoint, the calls of the slowest endpoint would
# queue while the other limits are unused.
CONCURRENCY = "api"


class SeedRequest(Request):
    """The seed of epsilon."""

    seed: Whole


def api(registry: ModelRegistry) -> None:
    """Add the endpoints to the page, on hidden components."""
    with gr.Column(visible=False):
        endpoints(registry)


def endpoints(registry: ModelRegistry) -> None:
    """Connect every endpoint to its inputs and outputs, in the order of its parameters."""
    image, image_b = (ImageField(label=label) for label in ("image", "image_b"))
    model = gr.Textbox(registry.names[0], label="model")
    prepare = gr.Checkbox(True, label="prepare")
    seed = NumberField(0, label="seed", precision=0)
    z = CodesField(label="z")
    answer = AnswerField(label="answer")
    first, second = (gr.Image(format="png", label=label) for label in ("image", "second"))
    count = NumberField(64, label="count", precision=0)
    temperature = NumberField(1.0, label="temperature")
    steps = NumberField(inference.STEPS, label="steps", precision=0)
    method = gr.Textbox("spherical", label="method")
    animation = gr.File(label="animation")

    offered: list[tuple[Function, list[Any], list[Any]]] = [
        (_models(registry), [], [answer]),
        (_encode(registry), [image, model, prepare], [answer]),
        (_decode(registry), [z, model], [first]),
        (_reconstruct(registry), [image, model, seed, prepare], [first, second, answer]),
        (_sample(registry), [model, count, temperature, seed], [first]),
        (
            _interpolate(registry, animation.GRADIO_CACHE),
            [image, image_b, model, steps, method],
            [first, animation],
        ),
    ]
    for function, inputs, outputs in offered:
        trigger = gr.Button(function.__name__)
        name = function.__name__
        trigger.click(
            _from_payloads(_sentences(function), inputs, outputs),
            inputs,
            outputs,
            api_name=name,
            concurrency_id=CONCURRENCY,
            preprocess=False,
            postprocess=False,
        )


def _sentences(function: Function) -> Function:
    """Return the function with each ValueError as a gr.Error, whose sentence reaches the caller."""

    @wraps(function)
    def checked(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return checked


def _from_payloads(function: Function, inputs: list[Any], outputs: list[Any]) -> Function:
    """Return the function with Gradio's payloads as arguments and results.

    Gradio converts each input and each output in another thread. Waking those threads took a fifth
    of its event loop's time for a call.
    """

    @wraps(function)
    def converted(*payloads: Any) -> Any:
        arguments = [_read(*pair) for pair in zip(inputs, payloads, strict=True)]
        results = function(*arguments)
        if len(outputs) == 1:
            return outputs[0].postprocess(results)
        return [field.postprocess(result) for field, result in zip(outputs, results, strict=True)]

    return converted


def _read(field: Any, payload: Any) -> Any:
    """Return the value of a component's payload."""
    if field.data_model is not None and payload is not None:
        payload = field.data_model.model_validate(payload)
    return field.preprocess(payload)


def _models(registry: ModelRegistry) -> Function:
    def models() -> dict[str, Any]:
        """Return the models by name: configuration, data and measured metrics."""
        loaded = (registry[name] for name in registry.names)
        return {
            model.name: {
                "config": asdict(model.vae.config),
                "data": asdict(model.data),
                "metrics": model.metrics,
            }
            for model in loaded
        }

    return models


def _encode(registry: ModelRegistry) -> Function:
    def encode(image: Image.Image | None, model: str, prepare: bool = True) -> dict[str, Any]:
        """Return q(z|x) of an image: mu, std and kl_nats, one number per latent dimension.

        prepare: like the model's data (MNIST: ink found, scaled to 20 pixels, centered), or a
        plain resize.
        """
        chosen = registry[model]
        seen = _seen(registry, image, chosen, prepare).x[None]
        return _posterior(inference.encode(chosen.vae, seen))

    return encode


def _decode(registry: ModelRegistry) -> Function:
    def decode(z: list[Any], model: str) -> Image.Image:
        """Decode one code (Z) or up to 400 codes (B, Z) into a grid of tiles."""
        request = parse(DecodeRequest, {"model": model, "z": z})
        return images.tile(requests.decode(registry, request))

    return decode


def _reconstruct(registry: ModelRegistry) -> Function:
    def reconstruct(
        image: Image.Image | None, model: str, seed: float = 0, prepare: bool = True
    ) -> tuple[Image.Image, Image.Image, dict[str, Any]]:
        """Return the model's input, its reconstruction at z = mu, and the ELBO's terms in nats.

        JSON: mu, std, kl_nats per dimension; reconstruction_nats = -E_q[log p(x|z)]; elbo_nats, a
        negative number; z, one draw from q(z|x) with the seed's epsilon; remark, one sentence on
        how the image was read, or "".
        """
        chosen = registry[model]
        read = _seen(registry, image, chosen, prepare)
        seen = read.x[None]
        result = inference.reconstruct(chosen.vae, seen)
        drawn = inference.posterior_codes(
            result.posterior, 1, parse(SeedRequest, {"seed": seed}).seed
        )
        terms = {
            **_posterior(result.posterior),
            "reconstruction_nats": float(result.reconstruction[0]),
            "elbo_nats": None if result.elbo is None else float(result.elbo[0]),
            "z": finite(drawn[0]),
            "remark": read.remark,
        }
        return images.tile(seen), images.tile(result.x_hat), terms

    return reconstruct


def _sample(registry: ModelRegistry) -> Function:
    def sample(
        model: str, count: float = 64, temperature: float = 1.0, seed: float = 0
    ) -> Image.Image:
        """Decode z = temperature * epsilon into a grid of tiles: the decoder's means."""
        given = {"model": model, "count": count, "temperature": temperature, "seed": seed}
        _, drawn = requests.sample(registry, parse(SampleRequest, given))
        return images.tile(drawn)

    return sample


def _interpolate(registry: ModelRegistry, cache: str) -> Function:
    def interpolate(
        image_a: Image.Image | None,
        image_b: Image.Image | None,
        model: str,
        steps: float = inference.STEPS,
        method: str = "spherical",
    ) -> tuple[Image.Image, str]:
        """Decode a "linear" or "spherical" path between two images' codes: a strip and a GIF."""
        chosen = registry[model]
        both = (_seen(registry, image, chosen).x[None] for image in (image_a, image_b))
        z_a, z_b = (inference.encode(chosen.vae, seen).mu[0] for seen in both)
        ends = {"model": model, "z_a": z_a, "z_b": z_b}
        request = parse(PathRequest, {**ends, "steps": steps, "method": method})
        _, frames = requests.interpolate(registry, request)
        gif = save_bytes_to_cache(images.animation(frames), "interpolation.gif", cache)
        return images.tile(frames, columns=len(frames)), gif

    return interpolate


def _seen(
    registry: ModelRegistry, image: Image.Image | None, model: Model, prepare: bool = True
) -> images.Result:
    """Return the model's input for an image, preprocessed like the model's data or resized.

    Raises:
        ValueError: there is no image.
    """
    if image is None:
        raise ValueError("An image is needed: send a PNG, JPEG or WebP file.")
    if prepare and model.data.digits:
        return images.read_image(image, registry.typicality)
    return images.Result(images.PREPARATIONS[model.data.prepare if prepare else "resize"](image))


def _posterior(posterior: inference.Posterior) -> dict[str, Any]:
    return {
        "mu": finite(posterior.mu[0]),
        "std": finite(posterior.std[0]),
        "kl_nats": None if posterior.kl is None else finite(posterior.kl[0]),
    }
