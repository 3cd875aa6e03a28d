"""Small operations on gray arrays (H, W) that the rest of the package shares."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


def resized(gray: FloatArray, height: int, width: int) -> FloatArray:
    """Return an image of another size: by area if it shrinks, else linear between pixels."""
    shrinks = height <= gray.shape[0] and width <= gray.shape[1]
    how = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(gray).resize((width, height), how), dtype=np.float32)


def fit_longest(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    """Return the height and width of a shape scaled until its longest side has this length."""
    scale = longest / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def at_most(gray: FloatArray, side: int) -> FloatArray:
    """Return an image with its longest side reduced to this length, if it is longer."""
    return gray if max(gray.shape) <= side else resized(gray, *fit_longest(gray.shape, side))


def median_of_9(gray: FloatArray) -> FloatArray:
    """Return the median of the 3x3 pixels around each pixel; the border is repeated outwards.

    The median of nine numbers in sorted columns is the median of three: the largest of the least,
    the median of the middle and the least of the largest ones.
    """
    padded = np.pad(gray, 1, mode="edge")
    low, middle, high = _sorted(padded[:-2], padded[1:-1], padded[2:])
    lows, middles, highs = ((v[:, :-2], v[:, 1:-1], v[:, 2:]) for v in (low, middle, high))
    return _sorted(_sorted(*lows)[2], _sorted(*middles)[1], _sorted(*highs)[0])[1]


def _sorted(a: FloatArray, b: FloatArray, c: FloatArray) -> tuple[FloatArray, ...]:
    """Return the least, the middle and the largest of three arrays, pixel by pixel."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.minimum(low, c), np.maximum(low, np.minimum(high, c)), np.maximum(high, c)


def bounding_box(values: FloatArray | BoolArray) -> tuple[int, int, int, int]:
    """Return (top, bottom, left, right) of the values other than 0, the ends exclusive."""
    rows = np.flatnonzero(values.any(axis=1))
    columns = np.flatnonzero(values.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def otsu(values: FloatArray) -> float:
    """Return Otsu's threshold: the level that splits values (N,) into the two tightest classes."""
    # In float32, values that differ by a rounding error have too small a range for 64 bins.
    counts, edges = np.histogram(values.astype(np.float64), bins=64)
    levels = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    total = np.cumsum(counts * levels)
    mean_below = total[:-1] / np.maximum(below, 1)
    mean_above = (total[-1] - total[:-1]) / np.maximum(above, 1)
    return float(edges[1:-1][np.argmax(below * above * (mean_below - mean_above) ** 2)])
