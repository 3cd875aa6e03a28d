"""The plane of two latent dimensions, cell by cell.

Codes that no prior holds together crowd about the origin and thin out far from it. So the plane is
z = sinh(u), with equal cells in u: fine in the middle, and wider in proportion further out.
"""

import math

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


def log_likelihoods(
    x_logits: Tensor, images: Tensor, likelihood: str = "bernoulli", noise_std: float = 1.0
) -> Tensor:
    """log p(x|z) of every image at every decoded code by one matrix product, (N, M), in nats.

    `app.vae.log_likelihood` with its sum over pixels multiplied out, since there are billions.

    Args:
        x_logits: (M, 784).
        images: (N, 784).
    """
    if likelihood == "bernoulli":
        return images @ x_logits.T - F.softplus(x_logits).sum(dim=1)
    means = x_logits.sigmoid()
    squares = (
        images.square().sum(dim=1, keepdim=True) - 2 * images @ means.T + means.square().sum(dim=1)
    )
    return -0.5 * squares / noise_std**2 - images.shape[1] * math.log(
        noise_std * math.sqrt(2 * math.pi)
    )
