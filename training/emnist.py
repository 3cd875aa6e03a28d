"""Correction of EMNIST, whose images are stored transposed and whose letters are counted from 1.

Source: Cohen et al., "EMNIST: an extension of MNIST to handwritten letters", 2017.
"""

import logging
import string
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.labeled import Labeled

DIGITS = string.digits
# (first label, last label) -> names, of the splits "letters", "balanced" or "bymerge", "byclass".
NAMES = {
    (1, 26): string.ascii_lowercase,
    (0, 46): DIGITS + string.ascii_uppercase + "abdefghnqrt",
    (0, 61): DIGITS + string.ascii_uppercase + string.ascii_lowercase,
}
# Ratio of the vertical to the horizontal variance of an image, below which images are probably
# transposed: MNIST has 2.15, transposed 0.46.
MUCH_WIDER = 0.8
SAMPLE = 2000  # images from which the ratio is computed

logger = logging.getLogger(__name__)


def upright(found: Labeled, name: str) -> Labeled:
    """Return EMNIST's images upright and its classes by name; other data unchanged.

    EMNIST is recognized by its name or by its labels. Handwriting is taller than wide, so images
    that are already upright are not transposed.

    Args:
        found: images and labels from files.
        name: names of the folder and of the files.
    """
    if found.labels.dtype.kind in "US":
        return found
    named = "emnist" in name.lower()
    ends = int(found.labels.min()), int(found.labels.max())
    ratio = _height_to_width(found)
    lying = ratio < 1
    if not named and not (lying and ends in NAMES):
        if ratio < MUCH_WIDER and ends == (0, 9):
            logger.warning(
                "the images are wider than tall: if they are EMNIST's digits, which are stored "
                "transposed, rename the folder to emnist"
            )
        return found
    images = np.ascontiguousarray(found.images.transpose(0, 2, 1)) if lying else found.images
    if lying:
        logger.warning("these are EMNIST's images, stored transposed: they were turned upright")
    classes = tuple(NAMES.get(ends, DIGITS if ends[1] < len(DIGITS) else ""))
    return replace(
        found, images=images, classes=found.classes or classes, prepare=found.prepare or "ink"
    )


def _height_to_width(found: Labeled) -> float:
    """Return the ratio of an image's mean vertical to its mean horizontal variance."""
    pixels = found.images[:: max(1, len(found.images) // SAMPLE)].astype(np.float64)
    rows, columns = (_variance(pixels.sum(axis=axis)).mean() for axis in (2, 1))
    return float(rows / max(columns, 1e-9))


def _variance(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of the index, weighted by weights (N, M), (N,)."""
    share = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    index = np.arange(weights.shape[1])
    mean = (share * index).sum(axis=1, keepdims=True)
    variance: NDArray[np.float64] = (share * (index - mean) ** 2).sum(axis=1)
    return variance
