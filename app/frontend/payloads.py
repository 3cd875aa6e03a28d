"""Answers to the page's scripts.

Images travel as base64 of their gray bytes, 784 an image, row by row.
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
    """Make a server function take JSON, and answer ValueErrors with {"error": sentence}.

    Anything else is a bug: logged here, and one sentence for the visitor.
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
    """Images (B, 28, 28) in [0, 1] -> base64 of B * 784 bytes."""
    return pack_bytes(to_uint8(images))


def pack_bytes(grey: NDArray[np.uint8]) -> str:
    """Bytes of any shape, as grey levels, -> base64."""
    return base64.b64encode(grey.tobytes()).decode("ascii")


def pack_floats(values: Array) -> str:
    """Numbers of any shape -> base64 of little-endian float32, where bytes would be too coarse."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def finite(values: Array) -> list[float | None]:
    """JSON numbers of an array (n,); what is not finite becomes null on purpose, not in passing."""
    return [float(value) if math.isfinite(value) else None for value in values.tolist()]
