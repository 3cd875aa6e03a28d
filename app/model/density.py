"""Density of the aggregate posterior q(z) on a grid over the plane of the latent map."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.model.inference import Array


@dataclass(frozen=True)
class Density:
    """A density on the square [-extent, extent]^2 of a plane.

    Attributes:
        extent: half the square's side.
        values: (cells, cells), at the cells' centers; the row index grows with the second axis.
    """

    extent: float
    values: Array

    @property
    def centers(self) -> Array:
        """Coordinates of the cells' centers along either axis, (cells,)."""
        return _centers(self.extent, len(self.values))

    def region(self, mass: float) -> NDArray[np.bool_]:
        """Return the mask (cells, cells) of the smallest set of cells with this share of the mass.

        This is the highest-density region of the given mass in [0, 1].
        """
        order = np.argsort(self.values, axis=None)[::-1]
        cumulative = np.cumsum(self.values.flat[order], dtype=np.float64)
        count = int(np.searchsorted(cumulative, mass * cumulative[-1])) + 1
        inside = np.zeros(self.values.size, dtype=np.bool_)
        inside[order[:count]] = True
        return inside.reshape(self.values.shape)


def aggregate_posterior(mu: Array, std: Array, extent: float, cells: int) -> Density:
    """Return q(z) = 1/N sum_n N(z; mu_n, diag std_n^2) for mu and std (N, 2) in a plane.

    A std smaller than a cell is raised to the cell's side, because a narrower Gaussian would fall
    between the cells' centers.
    """
    centers = _centers(extent, cells)
    std = np.maximum(std, 2 * extent / cells)
    distance = (centers - mu[:, :, None]) / std[:, :, None]  # (N, 2, cells)
    each = np.exp(-0.5 * distance**2) / (math.sqrt(2 * math.pi) * std[:, :, None])
    return Density(extent, (each[:, 1].T @ each[:, 0] / len(mu)).astype(np.float32))


def _centers(extent: float, cells: int) -> Array:
    edges = np.linspace(-extent, extent, cells + 1, dtype=np.float32)
    return np.asarray((edges[:-1] + edges[1:]) / 2, dtype=np.float32)
