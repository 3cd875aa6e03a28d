"""The aggregate posterior on the map's plane: how much of q(z) lies where."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.model.inference import Array


@dataclass(frozen=True)
class Density:
    """A density on the square [-half, half] x [-half, half] of a plane.

    Attributes:
        half: half the square's side.
        values: (cells, cells), at the cells' centres; rows go up the second axis.
    """

    half: float
    values: Array

    @property
    def centres(self) -> Array:
        """(cells,), the coordinates of the cells' centres along either axis."""
        return _centres(self.half, len(self.values))

    def region(self, mass: float) -> NDArray[np.bool_]:
        """The smallest set of cells, (cells, cells), that holds this share of the density."""
        order = np.argsort(self.values, axis=None)[::-1]
        held = np.cumsum(self.values.flat[order], dtype=np.float64)
        count = int(np.searchsorted(held, mass * held[-1])) + 1
        inside = np.zeros(self.values.size, dtype=np.bool_)
        inside[order[:count]] = True
        return inside.reshape(self.values.shape)


def aggregate_posterior(mu: Array, std: Array, half: float, cells: int) -> Density:
    """q(z) = 1/N sum_n N(z; mu_n, diag std_n^2) of N codes in a plane, mu and std (N, 2).

    A posterior thinner than a cell would fall between the centres, so none is taken as thinner.
    """
    centres = _centres(half, cells)
    std = np.maximum(std, 2 * half / cells)
    distance = (centres - mu[:, :, None]) / std[:, :, None]  # (N, 2, cells)
    each = np.exp(-0.5 * distance**2) / (math.sqrt(2 * math.pi) * std[:, :, None])
    return Density(half, (each[:, 1].T @ each[:, 0] / len(mu)).astype(np.float32))


def _centres(half: float, cells: int) -> Array:
    edges = np.linspace(-half, half, cells + 1, dtype=np.float32)
    return np.asarray((edges[:-1] + edges[1:]) / 2, dtype=np.float32)
