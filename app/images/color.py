"""Convert a Pillow image of any mode to gray arrays: luminance, or the strongest color axis."""

import math

import numpy as np
from PIL import Image

from app.images.arrays import FloatArray

MIN_CHROMA = 0.12  # a gray photo's tint varies less


def to_gray(image: Image.Image) -> FloatArray:
    """Return (H, W) float32 luminance in [0, 1].

    Transparent pixels get the background that the strokes were likely meant for: white behind dark
    strokes, black behind light ones. Grays of more than 8 bits are scaled by the range they use.
    """
    return luminance(simplify_mode(image))


def reduce_to(image: Image.Image, side: int) -> Image.Image:
    """Return an image in one of three modes (see `simplify_mode`), reduced by a whole factor.

    Its longest side is at most `side`.
    """
    return simplify_mode(image, keep_color=True).reduce(math.ceil(max(image.size) / side))


def simplify_mode(image: Image.Image, keep_color: bool = False) -> Image.Image:
    """Return an image in a mode that Pillow can shrink: L, F in [0, 1], RGBA, or RGB if wanted."""
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(_scale_by_range(np.asarray(image, dtype=np.float32)))
    if image.has_transparency_data:
        return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    if image.mode == "LAB":
        return image.getchannel(0)
    if image.mode in ("L", "1"):
        return image.convert("L")
    color = image.convert("RGB")
    return color if keep_color else color.convert("L")


def _scale_by_range(levels: FloatArray) -> FloatArray:
    """Return deep grays in [0, 1], by the smallest usual white that is not below their maximum."""
    levels = np.nan_to_num(levels, nan=0.0, posinf=0.0, neginf=0.0)
    if levels.size and levels.min() < 0:
        levels = levels - levels.min()
    top = float(levels.max(initial=0.0))
    white = next((w for w in (1.0, 255.0, 4095.0, 65535.0) if top <= w), top)
    return (levels / white).astype(np.float32)


def luminance(simple: Image.Image) -> FloatArray:
    """Return (H, W) in [0, 1] of an image that `simplify_mode` returned."""
    if simple.mode == "F":
        return np.array(simple, dtype=np.float32)
    if simple.mode != "RGBA":
        return np.asarray(simple.convert("L"), dtype=np.float32) / np.float32(255)
    gray = np.asarray(simple.convert("RGB").convert("L"), dtype=np.float32) / np.float32(255)
    alpha = np.asarray(simple.getchannel("A"), dtype=np.float32) / np.float32(255)
    behind = np.float32(_likely_background(gray, alpha))
    return behind + alpha * (gray - behind)


def _likely_background(gray: FloatArray, alpha: FloatArray) -> float:
    """Return the level in [0, 1] to put behind an image with alpha.

    If only strokes are opaque, it is the opposite of their shade. If most of the image is opaque
    and has more than one shade, it is the paper's shade.
    """
    opaque = gray[alpha > 0.5]
    if opaque.size == 0:
        return 1.0
    dark, middle, light = np.quantile(opaque, (0.03, 0.5, 0.97))
    if opaque.size > 0.5 * gray.size and light - dark > 0.25:
        return float(middle)
    return 1.0 if middle < 0.5 else 0.0


def color_axis(simple: Image.Image) -> FloatArray | None:
    """Return (H, W) around 0.5: the position of each pixel on the axis where colors differ most.

    The axis is in the plane of equal luminance, so red and green of the same luminance differ.
    Returns None for an image that has no color to speak of.
    """
    if simple.mode not in ("RGB", "RGBA"):
        return None
    rgb = np.asarray(simple.convert("RGB"), dtype=np.float32) / np.float32(255)
    chroma = rgb - (rgb @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    chroma -= chroma.mean(axis=(0, 1))
    pixels = chroma[::2, ::2].reshape(-1, 3)
    _, axes = np.linalg.eigh(pixels.T @ pixels)
    position: FloatArray = chroma @ axes[:, -1]
    low, high = np.quantile(position[::2, ::2], (0.005, 0.995))
    if high - low < MIN_CHROMA:
        return None
    shrunk: FloatArray = 0.5 + position / np.float32(max(1.0, 2 * np.abs(position).max()))
    return shrunk
