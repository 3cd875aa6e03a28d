"""The plane of two latent dimensions, cell by cell.

Codes that no prior holds together crowd about the origin and thin out far from it. So the plane is
z = sinh(u), with equal cells in u: fine in the middle, and wider in proportion further out.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


def centres(half: float, cells: int, device: torch.device) -> Tensor:
    """The centres u of the cells of the square [-half, half]^2, row by row: (cells^2, 2)."""
    side = 2 * half / cells
    axis = torch.arange(cells, device=device) * side + (side / 2 - half)
    return torch.cartesian_prod(axis, axis)


def standard_normal(z: Tensor) -> Tensor:
    """log N(z; 0, I) of codes (B, Z), (B,)."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(dim=1)


@dataclass(frozen=True)
class Decoded:
    """What the likelihood needs of M decoded codes: log p(x|z) = x . weight + bias + c(x).

    `app.vae.log_likelihood` with its sum over pixels multiplied out, since there are billions.

    Attributes:
        weight: (M, 784).
        bias: (M,).
        precision: 1 / noise_std^2 of a Gaussian, of which c(x) is made; 0 for the Bernoulli.
    """

    weight: Tensor
    bias: Tensor
    precision: float

    @classmethod
    def of(
        cls, x_logits: Tensor, likelihood: str = "bernoulli", noise_std: float = 1.0
    ) -> "Decoded":
        """Of x_logits (M, 1, 28, 28)."""
        x_logits = x_logits.flatten(1)
        if likelihood == "bernoulli":
            return cls(x_logits, -F.softplus(x_logits).sum(dim=1), 0.0)
        means, precision = x_logits.sigmoid(), noise_std**-2
        scale = means.shape[1] * math.log(noise_std * math.sqrt(2 * math.pi))
        return cls(
            means * precision, -0.5 * precision * means.square().sum(dim=1) - scale, precision
        )

    def log_likelihoods(self, x: Tensor) -> Tensor:
        """log p(x|z) of images x (N, 1, 28, 28) at every code by one product, (N, M), in nats."""
        images = x.flatten(1)
        log_p = images @ self.weight.T + self.bias
        if self.precision:
            log_p -= 0.5 * self.precision * images.square().sum(dim=1, keepdim=True)
        return log_p
