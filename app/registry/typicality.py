"""Typicality of an image: the line that -ELBO follows over validation digits.

`training.evaluation.typicality` fits it and writes typicality.json next to the weights; the page
reads it here to choose among the readings of an uploaded image (app.images.reader).
"""

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from app.images import Typicality
from app.model.inference import Array, negative_elbo_at_mean
from app.model.vae import VAE

FILE = "typicality.json"


@dataclass(frozen=True)
class Line:
    """-ELBO in nats as a linear function of an image's outline in pixels.

    Attributes:
        intercept, slope: nats, and nats per pixel of outline.
        deviation: the standard deviation in nats of validation digits around the line.
        limit: the deviation that 1 % of validation digits exceed.
    """

    intercept: float
    slope: float
    deviation: float
    limit: float

    def typicality(self, vae: VAE) -> Typicality:
        """Return the measure for the model that the line was fitted to."""
        scores = partial(negative_elbo_at_mean, vae)
        return Typicality(scores, self.intercept, self.slope, self.deviation, self.limit)

    def to_dict(self) -> dict[str, float]:
        """Return the content of typicality.json that `read_line` reads."""
        return asdict(self)


def fit_line(negative_elbo: Array, outline: Array) -> Line:
    """Return the line through validation digits: (N,) in nats, (N,) in pixels."""
    slope, intercept = np.polyfit(outline, negative_elbo, 1)
    rest = negative_elbo - (intercept + slope * outline)
    deviation = float(rest.std())
    limit = float(np.quantile(rest / deviation, 0.99))
    return Line(float(intercept), float(slope), deviation, limit)


def read_line(folder: Path) -> Line:
    """Return the line in a weights folder.

    Raises:
        OSError, ValueError, KeyError: for a missing or broken file.
    """
    content = json.loads((folder / FILE).read_text())
    return Line(**{name: float(content[name]) for name in Line.__dataclass_fields__})
