"""Write images: arrays in [0, 1] to bytes, tiles, PNG and GIF."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def to_uint8(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return gray levels 0 to 255 of values in [0, 1], rounded; others are clipped."""
    levels: NDArray[np.uint8] = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return levels


def tile(images: NDArray[np.floating], columns: int | None = None) -> Image.Image:
    """Return (N, 28, 28) or (N, 1, 28, 28) in [0, 1] as one image of mode L, row by row, no gaps.

    Without `columns` the grid is as square as possible; missing tiles at its end are black.

    Raises:
        ValueError: for another shape, no images, or less than one column.
    """
    stack = _stack(images)
    count, height, width = stack.shape
    if columns is None:
        columns = math.ceil(math.sqrt(count))
    if columns < 1:
        raise ValueError(f"A grid needs at least one column, not {columns}.")
    rows = math.ceil(count / columns)
    grid = np.zeros((rows * columns, height, width), np.uint8)
    grid[:count] = to_uint8(stack)
    lines = grid.reshape(rows, columns, height, width).swapaxes(1, 2)
    return Image.fromarray(lines.reshape(rows * height, columns * width))


def _stack(images: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return (N, H, W) unchanged, or (N, 1, H, W) as (N, H, W)."""
    stack = images[:, 0] if images.ndim == 4 and images.shape[1] == 1 else images
    if stack.ndim != 3 or stack.size == 0:
        raise ValueError(f"Images come as (N, 28, 28) or (N, 1, 28, 28), not {images.shape}.")
    return stack


def png(image: Image.Image) -> bytes:
    """Return an image as the bytes of a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def animation(images: NDArray[np.floating], duration_ms: int = 60, scale: int = 8) -> bytes:
    """Return (N, 28, 28) or (N, 1, 28, 28) in [0, 1] as a GIF that repeats, enlarged by `scale`.

    Every image is a frame of `duration_ms` in 256 grays. Equal neighbors become one longer frame.

    Raises:
        ValueError: for another shape or no images.
    """
    stack = _stack(images)
    size = (stack.shape[2] * scale, stack.shape[1] * scale)
    first, *rest = (
        Image.fromarray(frame).resize(size, Image.Resampling.NEAREST) for frame in to_uint8(stack)
    )
    buffer = io.BytesIO()
    first.save(
        buffer, format="GIF", save_all=True, append_images=rest, duration=duration_ms, loop=0
    )
    return buffer.getvalue()
