"""Images: from a visitor's bytes to 28x28 arrays, and from arrays to tiles, PNG and GIF."""

from collections.abc import Callable

from PIL import Image

from app.images.arrays import FloatArray
from app.images.color import to_gray
from app.images.decode import (
    FORMATS,
    MAX_BYTES,
    from_bytes,
    open_image,
)
from app.images.example_digits import example_digits
from app.images.export import animation, png, tile, to_uint8
from app.images.preprocess import center_like_mnist, resize_raw
from app.images.reader import NO_DIGIT, Line, Result, Typicality, outline, prepare, read_image

# Preprocessing of an image for a model, by the name in data.json (`DatasetInfo.prepare`).
PREPARATIONS: dict[str, Callable[[Image.Image], FloatArray]] = {
    "ink": prepare,
    "resize": resize_raw,
}

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "NO_DIGIT",
    "PREPARATIONS",
    "Line",
    "Result",
    "Typicality",
    "animation",
    "center_like_mnist",
    "example_digits",
    "from_bytes",
    "open_image",
    "outline",
    "png",
    "prepare",
    "read_image",
    "resize_raw",
    "tile",
    "to_gray",
    "to_uint8",
]
