"""Pictures at the program's edge: a visitor's bytes to 28x28 arrays, arrays to tiles, PNG and GIF.

Knows Pillow and numpy and nothing of networks or the page. Between a photo and MNIST lie

    open_image     bytes -> a picture, or a sentence that says why not
    to_grey        a picture -> (H, W) luminance
    prepare        a picture -> (28, 28), the ink found and placed as MNIST's authors placed it
    resize_raw     a picture -> (28, 28), merely made small: what prepare is to be compared with
"""

import io
import math
import threading
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app import ink
from app.ink import SIDE, FloatArray, resized

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_BYTES = 20_000_000
MAX_SIDE = 20_000
MAX_PIXELS = 25_000_000
MAX_JPEG_PIXELS = 50_000_000  # a phone's photo: decoded at a fraction of its size
DRAFT_SIDE = 1_000  # a JPEG is decoded at the smallest scale of 1, 1/2, 1/4, 1/8 above this
MIN_SIDE = 4

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXIF_ORIENTATION = 0x0112
# warnings.catch_warnings swaps the process's filters: two threads inside it would mix them up.
_filters = threading.Lock()


# Opening


def open_image(data: bytes) -> Image.Image:
    """A visitor's file, decoded: upright, its first frame, in its own mode (alpha and 16 bit kept).

    A large JPEG comes decoded at 1/2, 1/4 or 1/8 of its size, still over DRAFT_SIDE pixels a side.

    Raises:
        ValueError: one sentence, for an empty, too large, foreign, damaged or oversized file.
    """
    if not data:
        raise ValueError("This file is empty: send a picture as PNG or JPEG.")
    if len(data) > MAX_BYTES:
        raise ValueError(
            f"This file has {len(data) / 1e6:.0f} MB: send one of at most {MAX_BYTES // 10**6} MB."
        )
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise ValueError("This is a HEIC or AVIF picture, which is not read here: save it as JPEG.")
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _read_header(data)
        _check_size(image)
        return _decode(image)


def _read_header(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ValueError(_too_many_pixels(MAX_PIXELS)) from error
    except Exception as error:  # Pillow's readers raise nearly anything on a file made to hurt
        known = ", ".join(FORMATS[:-1])
        raise ValueError(
            f"This file is not a picture that can be read: send {known} or {FORMATS[-1]}."
        ) from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise ValueError(
            f"This picture is {width} x {height} pixels: "
            f"send one of at most {MAX_SIDE:,} pixels a side."
        )
    limit = MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_PIXELS
    if width * height > limit:
        raise ValueError(_too_many_pixels(limit))


def _too_many_pixels(limit: int) -> str:
    return f"This picture has more than {limit // 10**6} million pixels: send it at a smaller size."


def _decode(image: Image.Image) -> Image.Image:
    try:
        image.draft(None, (DRAFT_SIDE, DRAFT_SIDE))  # does nothing unless it is a JPEG
        image.load()
        turn = _UPRIGHT.get(_orientation(image))
        return image.copy() if turn is None else image.transpose(turn)
    except Exception as error:  # as above: truncated data, a lying header, a broken codec
        raise ValueError(
            "This picture is damaged or cut short: send the whole file, or save it again as PNG."
        ) from error


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:  # damaged EXIF data says nothing about the picture, which is fine
        return 1


def from_bytes(pixels: bytes, side: int) -> Image.Image:
    """The drawing pad's picture: side * side grey bytes, row by row -> mode L, (side, side).

    Raises:
        ValueError: if the number of bytes is another.
    """
    if side < 1 or len(pixels) != side * side:
        raise ValueError(
            f"A drawing of {side} x {side} pixels takes {side * side} bytes, not {len(pixels)}."
        )
    return Image.frombytes("L", (side, side), pixels)


# Luminance


def to_grey(image: Image.Image) -> FloatArray:
    """(H, W) float32 luminance in [0, 1].

    Transparent pixels get the background the ink was likely meant for: white behind dark ink, black
    behind light ink. Greys of more than 8 bits are scaled by the range they use.
    """
    return _luminance(_plain(image))


def _plain(image: Image.Image) -> Image.Image:
    """Any picture as one of three modes, all of which Pillow can shrink: L, F in [0, 1], RGBA."""
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(_by_range(np.asarray(image, dtype=np.float32)))
    if image.has_transparency_data:
        return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    if image.mode == "LAB":
        return image.getchannel(0)
    return (image.convert("RGB") if image.mode == "HSV" else image).convert("L")


def _by_range(levels: FloatArray) -> FloatArray:
    """Deep greys in [0, 1], by the smallest usual white that is not below their maximum."""
    levels = np.nan_to_num(levels, nan=0.0, posinf=0.0, neginf=0.0)
    if levels.size and levels.min() < 0:
        levels = levels - levels.min()
    top = float(levels.max(initial=0.0))
    white = next((w for w in (1.0, 255.0, 4095.0, 65535.0) if top <= w), top)
    return (levels / white).astype(np.float32)


def _luminance(plain: Image.Image) -> FloatArray:
    if plain.mode == "F":
        return np.array(plain, dtype=np.float32)
    if plain.mode == "L":
        return np.asarray(plain, dtype=np.float32) / np.float32(255)
    grey = np.asarray(plain.convert("RGB").convert("L"), dtype=np.float32) / np.float32(255)
    alpha = np.asarray(plain.getchannel("A"), dtype=np.float32) / np.float32(255)
    behind = np.float32(_likely_background(grey, alpha))
    return behind + alpha * (grey - behind)


def _likely_background(grey: FloatArray, alpha: FloatArray) -> float:
    """The level in [0, 1] to put behind a picture with alpha.

    Is there only ink, then the opposite of the ink; is there paper too (most of the picture is
    opaque, in more than one shade), then the paper's own shade.
    """
    seen = grey[alpha > 0.5]
    if seen.size == 0:
        return 1.0
    dark, middle, light = np.quantile(seen, (0.03, 0.5, 0.97))
    if seen.size > 0.5 * grey.size and light - dark > 0.25:
        return float(middle)
    return 1.0 if middle < 0.5 else 0.0


# 28x28


def resize_raw(image: Image.Image) -> FloatArray:
    """(28, 28) float32 in [0, 1]: the whole picture made small by area, and nothing else."""
    return np.clip(resized(to_grey(image), SIDE, SIDE), 0, 1)


def prepare(image: Image.Image) -> FloatArray:
    """(28, 28) float32 in [0, 1]: the picture's digit, light on black, as MNIST would hold it.

    Dark on light and light on dark give the same. Shade, paper, ruling and dust are left out.

    Raises:
        ValueError: if there is no ink, or the picture is smaller than 4x4.
    """
    if min(image.size) < MIN_SIDE:
        raise ValueError(
            f"This picture is {image.width} x {image.height} pixels: "
            f"send one of at least {MIN_SIDE} x {MIN_SIDE}."
        )
    plain = _plain(image)
    grey = _luminance(plain.reduce(math.ceil(max(plain.size) / ink.WORKING_SIDE)))
    return ink.place(ink.find(grey))


# How a picture becomes what a model sees, by the name that a data set gives it (app.dataset)
PREPARATIONS: dict[str, Callable[[Image.Image], FloatArray]] = {
    "ink": prepare,
    "resize": resize_raw,
}


# Pictures out


def to_uint8(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Any shape of [0, 1] -> bytes, rounded; what lies outside is clipped."""
    levels: NDArray[np.uint8] = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return levels


def tile(images: NDArray[np.floating], columns: int | None = None) -> Image.Image:
    """(N, 28, 28) or (N, 1, 28, 28) in [0, 1] -> one mode L picture, row by row, without gaps.

    Without columns the grid is as square as can be; tiles that are missing at its end are black.

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
    """(N, H, W) from itself or from (N, 1, H, W)."""
    stack = images[:, 0] if images.ndim == 4 and images.shape[1] == 1 else images
    if stack.ndim != 3 or stack.size == 0:
        raise ValueError(f"Images come as (N, 28, 28) or (N, 1, 28, 28), not {images.shape}.")
    return stack


def png(image: Image.Image) -> bytes:
    """The picture as the bytes of a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def animation(images: NDArray[np.floating], duration_ms: int = 60, scale: int = 8) -> bytes:
    """(N, 28, 28) or (N, 1, 28, 28) in [0, 1] -> a GIF that loops forever, each pixel scale wide.

    Every image is a frame of duration_ms, in 256 greys; equal neighbours are one longer frame.

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
