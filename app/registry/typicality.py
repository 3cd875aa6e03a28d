"""The measure of how unlike a digit an image is, read from weights/typicality.json.

`training.evaluation.typicality` fits it and measures how many non-digits it detects. The page uses
it to choose among the readings of an uploaded image (app.images.reader) and to report an image that
does not look like a digit.
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
        file: a file that `training.evaluation.typicality` wrote.
        load: returns the model in a folder of weights/, given its name.

    Raises:
        OSError, ValueError, KeyError: for a missing or broken file, or an unknown model.
    """
    content = json.loads(file.read_text())
    line, *others = (_line(load(name), fit) for name, fit in content["models"].items())
    return Typicality(line, content["limit"], tuple(others), content["digit_limit"])


def read_flagged(file: Path) -> dict[str, float]:
    """Return the fraction of images that are reported not to be a digit, by kind.

    The kind "test digits" gives the rate of false alarms.

    Raises:
        OSError, ValueError, KeyError: for a missing or broken file.
    """
    shares: dict[str, float] = json.loads(file.read_text())["share_above_digit_limit"]
    return shares


def _line(vae: VAE, fit: dict[str, Any]) -> Line:
    coefficients = (float(fit[name]) for name in ("intercept", "slope", "deviation"))
    return Line(partial(negative_elbo_at_mean, vae), *coefficients)
