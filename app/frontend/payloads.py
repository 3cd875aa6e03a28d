"""What travels between the page's scripts and Python, checked on arrival.

Images travel as base64 of their grey bytes, 784 an image, row by row. Server functions bypass
Gradio's queue and its checks and take requests of any origin and size, so nothing that arrives is
trusted: every reader here raises ValueError with what was expected and what came.
"""

import base64
import binascii
import logging
import math
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.images import to_uint8
from app.model.inference import Array
from app.model.vae import IMAGE_SIDE

logger = logging.getLogger(__name__)

Payload = dict[str, Any]
ServerFunction = Callable[[Payload], Payload]


def guarded(function: ServerFunction) -> ServerFunction:
    """A server function for the page: its ValueErrors become {"error": sentence}.

    Anything else is a bug: logged here, and one sentence for the visitor.
    """

    @wraps(function)
    def checked(payload: Payload) -> Payload:
        try:
            if not isinstance(payload, dict):
                raise ValueError(f"expected an object, got {type(payload).__name__}")
            return function(payload)
        except ValueError as error:
            return {"error": str(error)}
        except Exception:
            logger.exception("server function %s", function.__name__)
            return {"error": "Something went wrong on the server; please try again."}

    return checked


def pack_images(images: Array) -> str:
    """Images (B, 28, 28) in [0, 1] -> base64 of B * 784 bytes."""
    return pack_bytes(to_uint8(images))


def pack_bytes(grey: NDArray[np.uint8]) -> str:
    """Bytes of any shape, as grey levels, -> base64."""
    return base64.b64encode(grey.tobytes()).decode("ascii")


def pack_floats(values: Array) -> str:
    """Numbers of any shape -> base64 of little-endian float32, where bytes would be too coarse."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def read_bytes(payload: Mapping[str, Any], name: str, sides: tuple[int, ...]) -> tuple[bytes, int]:
    """The square grey picture in payload[name], whose side is one of `sides`, and that side."""
    text = payload.get(name)
    longest = 4 * math.ceil(max(sides) ** 2 / 3)
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError(f"{name} must be base64 of a square grey picture")
    try:
        pixels = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{name} must be base64 of a square grey picture") from None
    side = math.isqrt(len(pixels))
    if side * side != len(pixels) or side not in sides:
        wanted = " or ".join(f"{side}x{side}" for side in sides)
        raise ValueError(f"{name} must have {wanted} bytes, got {len(pixels)}")
    return pixels, side


def read_image(payload: Mapping[str, Any], name: str) -> Array:
    """The 28x28 picture in payload[name] as (28, 28) in [0, 1]."""
    pixels, side = read_bytes(payload, name, (IMAGE_SIDE,))
    grey = np.frombuffer(pixels, np.uint8).reshape(side, side)
    return (grey / 255).astype(np.float32)


def read_codes(value: object, latent_dim: int, most: int) -> Array:
    """Codes (Z) or (B, Z) as (B, Z), 1 <= B <= most, every number finite."""
    try:
        codes = np.asarray(value, dtype=np.float64)
    except (ValueError, TypeError):
        raise ValueError("z must be numbers") from None
    codes = np.atleast_2d(codes)
    if codes.ndim != 2 or codes.shape[1] != latent_dim or not 1 <= len(codes) <= most:
        raise ValueError(
            f"z must be ({latent_dim}) or (B, {latent_dim}) with B up to {most}, got {codes.shape}"
        )
    # Beyond this no decoder has anything to say, and float32 overflows inside the network.
    if not (np.abs(codes) <= 1e4).all():  # also false for NaN
        raise ValueError("z must be finite numbers, at most 10000 in size")
    return np.asarray(codes, dtype=np.float32)


def read_number(payload: Mapping[str, Any], name: str) -> float:
    """The number in payload[name]; a truth value is none."""
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number, got {value!r:.40}")
    return float(value)


def read_whole(payload: Mapping[str, Any], name: str) -> int:
    """The whole number in payload[name]; 3.0 is one, since JavaScript has no other kind."""
    value = read_number(payload, name)
    if value != int(value):
        raise ValueError(f"{name} must be a whole number, got {value:g}")
    return int(value)


def finite(values: Array) -> list[float | None]:
    """JSON numbers of an array (n,); what is not finite becomes null on purpose, not in passing."""
    return [float(value) if math.isfinite(value) else None for value in values.tolist()]
