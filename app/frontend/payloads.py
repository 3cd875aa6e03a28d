"""Payloads of the server functions: error handling and base64 packing of arrays.

An image is packed as base64 of its 784 gray bytes in row-major order.
"""

import base64
import logging
import math
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from app.frontend.requests import parse
from app.images import to_uint8
from app.model.inference import Array

logger = logging.getLogger(__name__)

Payload = dict[str, Any]
ServerFunction = Callable[[Any], Payload]  # its one parameter is annotated with a Request


def guarded(function: ServerFunction) -> ServerFunction:
    """Wrap a server function to take JSON and return {"error": sentence} for a ValueError.

    Any other exception is a bug: it is logged, and the visitor gets a generic sentence.
    """
    [kind] = [hint for name, hint in get_type_hints(function).items() if name != "return"]

    @wraps(function)
    def checked(payload: Payload) -> Payload:
        try:
            return function(parse(kind, payload))
        except ValueError as error:
            return {"error": str(error)}
        except Exception:
            logger.exception("server function %s", function.__name__)
            return {"error": "Something went wrong on the server; please try again."}

    return checked


def pack_images(images: Array) -> str:
    """Return images (B, 28, 28) in [0, 1] as base64 of B * 784 bytes."""
    return pack_bytes(to_uint8(images))


def pack_bytes(values: NDArray[np.uint8]) -> str:
    """Return bytes of any shape as base64, in row-major order."""
    return base64.b64encode(values.tobytes()).decode("ascii")


def pack_floats(values: Array) -> str:
    """Return an array of any shape as base64 of little-endian float32, in row-major order."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def pack_half_floats(values: Array) -> str:
    """Return an array of any shape as base64 of little-endian float16, in row-major order."""
    return base64.b64encode(values.astype("<f2").tobytes()).decode("ascii")


def finite(values: Array) -> list[float | None]:
    """Return an array (n,) as JSON numbers; non-finite values, which JSON lacks, become null."""
    return [float(value) if math.isfinite(value) else None for value in values.tolist()]
