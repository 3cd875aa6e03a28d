"""EMNIST, whose images are stored transposed and whose letters are counted from 1.

Source: Cohen et al., "EMNIST: an extension of MNIST to handwritten letters", 2017.
"""

import logging
import string
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.labeled import Labeled

DIGITS = string.digits
# By the first and the last label: letters, balanced or by merge, by class.
NAMES = {
    (1, 26): string.ascii_lowercase,
    (0, 46): DIGITS + string.ascii_uppercase + "abdefghnqrt",
    (0, 61): DIGITS + string.ascii_uppercase + string.ascii_lowercase,
}
MUCH_WIDER = 0.8  # variance of the rows to that of the columns: MNIST has 2.15, transposed 0.46

SAMPLE = 2000  # images

logger = logging.getLogger(__name__)


def upright(found: Labeled, name: str) -> Labeled:
    """Return EMNIST's images upright and its classes by name; other data unchanged.

    EMNIST is recognized by its name or by its labels. Handwriting is taller than wide, so images
    that somebody has already transposed stay upright.

    Args:
        found: images and labels from a file.
        name: of the folder or of the files.
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
    """Return how much more an image spreads over rows than over columns, in the mean."""
    pixels = found.images[:: max(1, len(found.images) // SAMPLE)].astype(np.float64)
    rows, columns = (_variance(pixels.sum(axis=axis)).mean() for axis in (2, 1))
    return float(rows / max(columns, 1e-9))


def _variance(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of the place at which the weights (N, places) are, (N,)."""
    share = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    places = np.arange(weights.shape[1])
    mean = (share * places).sum(axis=1, keepdims=True)
    variance: NDArray[np.float64] = (share * (places - mean) ** 2).sum(axis=1)
    return variance
