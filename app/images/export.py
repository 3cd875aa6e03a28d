"""Write images: arrays in [0, 1] to bytes, tiles, PNG and GIF."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FRAME_MS = 60
GIF_SCALE = 8  # pixels of the GIF for one of an image


def to_uint8(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return gray levels 0 to 255 of values in [0, 1], rounded; others are clipped."""
    levels: NDArray[np.uint8] = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return levels


def tile(images: NDArray[np.floating], columns: int | None = None) -> Image.Image:
    """Return images (N, 28, 28) in [0, 1] as one image of mode L, row by row, without gaps.

    Without `columns` the grid is as square as possible; missing tiles at its end are black.

    Raises:
        ValueError: for another shape, no images, or less than one column.
    """
    if images.ndim != 3 or images.size == 0:
        raise ValueError(f"expected images (N, 28, 28), got {images.shape}")
    count, height, width = images.shape
    if columns is None:
        columns = math.ceil(math.sqrt(count))
    if columns < 1:
        raise ValueError(f"expected at least one column, got {columns}")
    rows = math.ceil(count / columns)
    grid = np.zeros((rows * columns, height, width), np.uint8)
    grid[:count] = to_uint8(images)
    lines = grid.reshape(rows, columns, height, width).swapaxes(1, 2)
    return Image.fromarray(lines.reshape(rows * height, columns * width))


def png(image: Image.Image) -> bytes:
    """Return an image as the bytes of a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def animation(images: NDArray[np.floating]) -> bytes:
    """Return images (N, 28, 28) in [0, 1] as an enlarged GIF that repeats.

    Every image is a frame in 256 grays. Equal neighbors become one longer frame.
    """
    size = (images.shape[2] * GIF_SCALE, images.shape[1] * GIF_SCALE)
    first, *rest = (
        Image.fromarray(frame).resize(size, Image.Resampling.NEAREST) for frame in to_uint8(images)
    )
    buffer = io.BytesIO()
    first.save(buffer, format="GIF", save_all=True, append_images=rest, duration=FRAME_MS, loop=0)
    return buffer.getvalue()
