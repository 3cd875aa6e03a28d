"""The measure of how unlike a digit an image is, read from weights/typicality.json.

`training.evaluation.typicality` fits it and measures what it detects. With it the page chooses
among the readings of an uploaded image, and reports an image that does not look like a digit
(app.images.reader).
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from app.images import Line, Typicality
from app.model.inference import negative_elbo_at_mean
from app.model.vae import VAE

FILE = "typicality.json"


def read_typicality(file: Path, load: Callable[[str], VAE]) -> Typicality:
    """Return the measure that a file describes.

    Args:
        file: as `training.evaluation.typicality` writes it.
        load: a model by its folder's name below weights/.

    Raises:
        OSError, ValueError, KeyError: for a missing or broken file, or an unknown model.
    """
    content = json.loads(file.read_text())
    line, *others = (_line(load(name), fit) for name, fit in content["models"].items())
    return Typicality(line, content["limit"], tuple(others), content["digit_limit"])


def read_flagged(file: Path) -> dict[str, float]:
    """Return the share of images that are reported not to be a digit, by their kind.

    The kind "test digits" gives the false alarms.

    Raises:
        OSError, ValueError, KeyError: for a missing or broken file.
    """
    shares: dict[str, float] = json.loads(file.read_text())["share_above_digit_limit"]
    return shares


def _line(vae: VAE, fit: dict[str, Any]) -> Line:
    coefficients = (float(fit[name]) for name in ("intercept", "slope", "deviation"))
    return Line(partial(negative_elbo_at_mean, vae), *coefficients)
