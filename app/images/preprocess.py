"""Prepare strokes as MNIST's authors prepared theirs, or resize a whole image: (28, 28) in [0, 1].

`center_like_mnist` follows LeCun et al., "Gradient-based learning applied to document recognition",
1998, section III.A: the box of the digit is scaled to fit 20x20 with its aspect ratio kept, and its
center of mass is moved to the center of 28x28 by whole pixels.
"""

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from app.images.arrays import FloatArray, bounding_box, fit_longest, resized
from app.images.color import to_gray

SIDE = 28
DIGIT_SIDE = 20  # MNIST: the longest side of the digit's box
CENTER = 14.0  # MNIST: the pixel index nearest to the center of mass
MIN_STROKE = 1.7  # pixels of 28: thinner than 95 % of MNIST; a thinner pen is widened to this
OVERSAMPLING = 5  # strokes are measured and widened at 5 x 20 pixels
TIE = 1e-3  # pixels: a symmetric drawing is centered at half a pixel, up to rounding errors


def resize_raw(image: Image.Image) -> FloatArray:
    """Return the whole image resized by area to (28, 28), without any search for strokes."""
    return np.clip(resized(to_gray(image), SIDE, SIDE), 0, 1)


def center_like_mnist(strokes: FloatArray) -> FloatArray:
    """Return strokes (H, W), light on exactly 0, as MNIST holds a digit: (28, 28).

    Strokes that already have MNIST's size and place are returned unchanged: resampling blurs them.
    """
    if _is_centered(strokes):
        return strokes
    return _center(_stretch_contrast(_scale(_crop(strokes))))


def _is_centered(strokes: FloatArray) -> bool:
    if strokes.shape != (SIDE, SIDE) or strokes.max() < 0.9:
        return False
    top, bottom, left, right = bounding_box(strokes)
    y, x = _center_of_mass(strokes)
    fills = DIGIT_SIDE - 1 <= max(bottom - top, right - left) <= DIGIT_SIDE
    return fills and max(abs(y - CENTER), abs(x - CENTER)) < 0.55


def _center_of_mass(strokes: FloatArray) -> tuple[float, float]:
    total = strokes.sum()  # faster than ndimage.center_of_mass, once for every frame of a drawing
    y = strokes.sum(axis=1) @ np.arange(strokes.shape[0]) / total
    x = strokes.sum(axis=0) @ np.arange(strokes.shape[1]) / total
    return float(y), float(x)


def _crop(strokes: FloatArray) -> FloatArray:
    """Return the box of the strokes, without an edge too faint to be seen."""
    top, bottom, left, right = bounding_box(strokes > 0.1 * strokes.max())
    cropped: FloatArray = strokes[top:bottom, left:right]
    return cropped


def _scale(cropped: FloatArray) -> FloatArray:
    """Return strokes whose longest side is 20 pixels and whose pen is not thinner than MNIST's."""
    height, width = fit_longest(cropped.shape, DIGIT_SIDE)
    drawing = resized(cropped, height * OVERSAMPLING, width * OVERSAMPLING)
    missing = MIN_STROKE * OVERSAMPLING - _stroke_width(drawing)
    if missing > 1:
        by = 2 * round(missing / 2)
        drawing = ndimage.maximum_filter(np.pad(drawing, by // 2), by + 1, mode="constant")
        height, width = fit_longest(drawing.shape, DIGIT_SIDE)
    return np.clip(resized(drawing, height, width), 0, 1)


def _stroke_width(strokes: FloatArray) -> float:
    """Return twice area over perimeter, in pixels; total variation is the perimeter of gray."""
    padded = np.pad(strokes, 1)
    variation = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    return float(2 * strokes.sum() / (variation * np.pi / 4))


def _stretch_contrast(strokes: FloatArray) -> FloatArray:
    """Return strokes whose middle is white, as in MNIST."""
    core = float(np.quantile(strokes[strokes > 0.3 * strokes.max()], 0.8))
    bright: FloatArray = np.clip(strokes / np.float32(core), 0, 1)
    return bright


def _center(strokes: FloatArray) -> FloatArray:
    """Return strokes of at most 20x20 on (28, 28) with their center of mass in the middle."""
    top, left = (SIDE + math.floor(CENTER - at + 0.5 + TIE) for at in _center_of_mass(strokes))
    canvas = np.zeros((3 * SIDE, 3 * SIDE), np.float32)
    canvas[top : top + strokes.shape[0], left : left + strokes.shape[1]] = strokes
    return canvas[SIDE : 2 * SIDE, SIDE : 2 * SIDE].copy()
