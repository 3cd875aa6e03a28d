"""Mixture of Gaussians over codes: a prior that is fitted to a model's codes after training."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from app.model.inference import Array, to_array

FILE = "fitted_priors.json"  # in a weights folder: mixtures by name
DECIMALS = 5  # digits after the point in the file


@dataclass(frozen=True)
class Mixture:
    """The density sum_k weights_k N(z; means_k, covariances_k).

    Attributes:
        weights: (K,), with sum 1.
        means: (K, Z).
        covariances: (K, Z, Z), positive definite.
    """

    weights: Array
    means: Array
    covariances: Array

    def sample(self, count: int, generator: torch.Generator) -> Array:
        """Return codes (count, Z), drawn with a CPU generator."""
        weights = torch.tensor(self.weights, dtype=torch.float32)
        component = torch.multinomial(weights, count, replacement=True, generator=generator)
        eps = torch.randn(count, self.means.shape[1], 1, generator=generator)
        roots = torch.linalg.cholesky(torch.tensor(self.covariances, dtype=torch.float32))
        z = torch.tensor(self.means)[component] + (roots[component] @ eps).squeeze(2)
        return to_array(z)

    def log_density(self, z: Tensor) -> Tensor:
        """Return log p(z) of codes (B, Z) in nats, (B,)."""
        density: Tensor = self._distribution.log_prob(z.cpu())  # type: ignore[no-untyped-call]
        return density.to(z.device)

    @cached_property
    def _distribution(self) -> MixtureSameFamily:
        weights, means, covariances = (
            torch.tensor(part, dtype=torch.float32)
            for part in (self.weights, self.means, self.covariances)
        )
        normal = MultivariateNormal(means, covariances)
        return MixtureSameFamily(Categorical(weights), normal)

    def to_json(self) -> dict[str, Any]:
        """Return this mixture as it is stored in FILE."""
        parts = {name: getattr(self, name) for name in ("weights", "means", "covariances")}
        return {name: np.round(part, DECIMALS).tolist() for name, part in parts.items()}


def read_mixtures(weights: Path) -> dict[str, Mixture]:
    """Return the fitted priors in a weights folder by name; empty if it has no such file.

    Raises:
        ValueError: the file is not valid JSON or does not contain mixtures.
    """
    file = weights / FILE
    if not file.exists():
        return {}
    try:
        stored = json.loads(file.read_bytes())
        return {name: _read(parts) for name, parts in stored.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{FILE}: {error!r}") from error


def _read(parts: dict[str, Any]) -> Mixture:
    names = ("weights", "means", "covariances")
    return Mixture(*(np.asarray(parts[name], np.float32) for name in names))
