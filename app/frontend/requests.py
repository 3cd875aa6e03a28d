"""Requests to the page's server functions and to the API, validated by pydantic.

Server functions bypass Gradio's queue and validation and accept requests of any origin and size, so
every field is validated: `parse` raises ValueError with the expected and the received value.
"""

import base64
import binascii
import math
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, PlainValidator, StrictBool, ValidationError

from app import images
from app.model import inference
from app.model.inference import Array
from app.model.vae import IMAGE_SIDE
from app.registry.models import ModelRegistry

PAD_SIDE = 84  # pixels per side of a drawing: three times the model's image
MAX_ABS_CODE = 1e4  # larger codes overflow float32 inside the network


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"must be a number, got {value!r:.40}")
    return float(value)


def _integer(value: object) -> int:
    """Return an integer; 3.0 is accepted, because JavaScript has only one type of number."""
    number = _number(value)
    if number != int(number):
        raise ValueError(f"must be a whole number, got {number:g}")
    return int(number)


def _gray(sides: tuple[int, ...]) -> PlainValidator:
    """Validate base64 of a square gray image with one of `sides`; return it as bytes (S, S)."""

    def read(text: object) -> Any:
        try:
            if not isinstance(text, str) or len(text) > 4 * math.ceil(max(sides) ** 2 / 3):
                raise binascii.Error
            pixels = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError("must be base64 of a square gray image") from None
        side = math.isqrt(len(pixels))
        if side * side != len(pixels) or side not in sides:
            wanted = " or ".join(f"{side}x{side}" for side in sides)
            raise ValueError(f"must have {wanted} bytes, got {len(pixels)}")
        return np.frombuffer(pixels, np.uint8).reshape(side, side)

    return PlainValidator(read)


Number = Annotated[float, PlainValidator(_number)]
Whole = Annotated[int, PlainValidator(_integer)]
Image = Annotated[Any, _gray((IMAGE_SIDE,))]  # uint8, (28, 28)
Drawing = Annotated[Any, _gray((IMAGE_SIDE, PAD_SIDE))]


class Request(BaseModel):
    """Base of all requests; unknown keys are ignored."""


RequestT = TypeVar("RequestT", bound=Request)


class ModelRequest(Request):
    """A request to one model, by name."""

    model: str


class EncodeRequest(ModelRequest):
    """An image (28, 28), or a drawing (84, 84) and whether to preprocess it like the data set."""

    pixels: Drawing
    prepare: StrictBool = True


class UploadRequest(Request):
    """The path of an upload on the server, as returned by Gradio's upload route."""

    path: str


class ImageRequest(ModelRequest):
    """An image (28, 28) and the seed of epsilon."""

    pixels: Image
    seed: Whole


class ResampleRequest(ImageRequest):
    """An image and the number of codes to sample from q(z|x)."""

    count: Whole


class DecodeRequest(ModelRequest):
    """Codes, (Z) or (B, Z)."""

    z: Any


class SampleRequest(ModelRequest):
    """The number of codes to sample from N(0, temperature^2 I); `pixels`: sample x ~ p(x|z)."""

    count: Whole
    temperature: Number
    seed: Whole
    pixels: StrictBool = False


class PathRequest(ModelRequest):
    """Two codes (Z), and the number of steps and the method of the path between them."""

    z_a: Any
    z_b: Any
    steps: Whole
    method: str


def parse(kind: type[RequestT], payload: object) -> RequestT:
    """Return `payload` as a request of class `kind`.

    Raises:
        ValueError: a field is missing or invalid; the message describes the first one.
    """
    if not isinstance(payload, dict):
        raise ValueError(f"expected an object, got {type(payload).__name__}")
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        first = error.errors()[0]
        fault = {"missing": "is missing", "string_type": "must be text"}.get(first["type"])
        message = fault or first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{first['loc'][0]} {message}") from None


def read_codes(value: object, latent_dim: int, most: int) -> Array:
    """Return codes (Z) or (B, Z) as (B, Z).

    Raises:
        ValueError: the shape is wrong, B exceeds `most`, or a number is not finite or too large.
    """
    try:
        codes = np.asarray(value, dtype=np.float64)
    except (ValueError, TypeError):
        raise ValueError("z must be numbers") from None
    codes = np.atleast_2d(codes)
    if codes.ndim != 2 or codes.shape[1] != latent_dim or not 1 <= len(codes) <= most:
        raise ValueError(
            f"z must be ({latent_dim}) or (B, {latent_dim}) with B up to {most}, got {codes.shape}"
        )
    if not (np.abs(codes) <= MAX_ABS_CODE).all():  # also false for NaN
        raise ValueError(f"z must be finite numbers, at most {MAX_ABS_CODE:g} in size")
    return np.asarray(codes, dtype=np.float32)


def unit(gray: NDArray[np.uint8]) -> Array:
    """Return gray levels as float32 in [0, 1]."""
    return (gray / 255).astype(np.float32)


# Shared by the page and the API


def load_input(registry: ModelRegistry, request: EncodeRequest) -> Array:
    """Return the preprocessed model input, (28, 28) in [0, 1]."""
    if len(request.pixels) == IMAGE_SIDE:
        return unit(request.pixels)
    wanted = registry[request.model].data.prepare if request.prepare else "resize"
    return images.PREPARATIONS[wanted](images.from_bytes(request.pixels.tobytes(), PAD_SIDE))


def decode(registry: ModelRegistry, request: DecodeRequest) -> Array:
    """Return the decoder's means, (B, 28, 28)."""
    vae = registry[request.model].vae
    return inference.decode(vae, read_codes(request.z, vae.config.latent_dim, inference.MAX_IMAGES))


def sample(registry: ModelRegistry, request: SampleRequest) -> tuple[Array, Array]:
    """Return codes (B, Z) and their images (B, 28, 28)."""
    vae = registry[request.model].vae
    z, drawn = inference.sample(vae, request.count, request.temperature, request.seed)
    return z, inference.draw_pixels(vae, drawn, request.seed) if request.pixels else drawn


def interpolate(registry: ModelRegistry, request: PathRequest) -> tuple[Array, Array]:
    """Return the codes of a path (steps, Z) and their images (steps, 28, 28)."""
    vae = registry[request.model].vae
    z_a, z_b = (read_codes(z, vae.config.latent_dim, 1)[0] for z in (request.z_a, request.z_b))
    path = inference.interpolate(z_a, z_b, request.steps, request.method)
    return path, inference.decode(vae, path)
