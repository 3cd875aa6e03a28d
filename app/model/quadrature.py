"""Quadrature of log p(x) for a model with two latent dimensions.

Importance sampling from q(z|x) underestimates log p(x) when the posterior has a mode that q misses.
In two dimensions the integral can be computed on a grid instead. It needs no encoder, so the
decoder of a deterministic autoencoder can be measured too, under any prior.

The grid is z = sinh(u) with equal cells in u: fine near the origin, where codes are dense, and
wider in proportion further out, where the codes of a model without a prior thin out.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from app.model.vae import VAE, log_prior

LogDensity = Callable[[Tensor], Tensor]  # (B, 2) -> (B,), in nats

CELLS = 500  # a side, of the whole sum
REACH = 5.0  # beyond lies less than a millionth of the standard normal
BEYOND = 1.1  # times the farthest code, so that what surrounds it is added up too
ELEMENTS = 4_000_000  # of images x codes at once: larger ones cost more memory than time
COARSE = 96  # cells a side of the first look
LOOKED_INTO = 16  # cells for each image and prior in the second
FINE = 6  # parts of such a cell, a side


@torch.inference_mode()
def log_p(
    vae: VAE,
    x: Tensor,
    priors: Sequence[LogDensity] = (log_prior,),
    reach: float = REACH,
    cells: int = CELLS,
) -> Tensor:
    """log p(x) = log of the integral of p(x|z) p(z) by the midpoint rule, float64 (P, N), in nats.

    Args:
        x: (N, 1, 28, 28) in [0, 1].
        priors: log p(z), P of them.
        reach: the square is [-reach, reach]^2, in cells x cells parts (see `reach_of`). A part
            must be smaller than the posterior's width there.

    Raises:
        ValueError: the model's code is no plane.
    """
    check_plane(vae)
    half = math.asinh(reach)
    total = x.new_full((len(priors), len(x)), -math.inf, dtype=torch.float64)
    for u in torch.split(grid_centers(half, cells, x.device), max(1, ELEMENTS // len(x))):
        likelihood = log_likelihoods(vae, u.sinh(), x)
        for i, prior in enumerate(priors):
            part = (likelihood + log_mass(prior, u, 2 * half / cells)).logsumexp(dim=1)
            total[i] = torch.logaddexp(total[i], part.double())
    return total


@torch.inference_mode()
def log_p_near(
    vae: VAE,
    x: Tensor,
    priors: Sequence[LogDensity] = (log_prior,),
    reach: float = REACH,
) -> Tensor:
    """The same for a few images within a fraction of a second: only where it counts finely.

    A coarse look finds the cells that hold most of each image's integral; these are divided.
    """
    check_plane(vae)
    half = math.asinh(reach)
    side = 2 * half / COARSE
    u = grid_centers(half, COARSE, x.device)
    coarse = _joint(vae, x, u, priors, side)
    chosen = torch.unique(coarse.flatten(0, 1).topk(LOOKED_INTO, dim=1).indices)
    parts = (u[chosen, None] + grid_centers(side / 2, FINE, x.device)).flatten(0, 1)
    fine = _joint(vae, x, parts, priors, side / FINE)
    coarse[:, :, chosen] = -math.inf
    return torch.cat([coarse, fine], dim=2).double().logsumexp(dim=2)


def reach_of(codes: NDArray[np.floating]) -> float:
    """The half side of the square that holds the standard normal and codes (N, 2)."""
    return max(REACH, BEYOND * float(np.abs(codes).max()))


def check_plane(vae: VAE) -> None:
    """Raises ValueError unless the model's code is a plane."""
    if vae.config.latent_dim != 2:
        raise ValueError(f"quadrature takes 2 latent dimensions, not {vae.config.latent_dim}")


def _joint(vae: VAE, x: Tensor, u: Tensor, priors: Sequence[LogDensity], side: float) -> Tensor:
    """log p(x|z) p(z) dz of every image in every cell, (P, N, M)."""
    likelihood = log_likelihoods(vae, u.sinh(), x)
    return torch.stack([likelihood + log_mass(prior, u, side) for prior in priors])


def log_mass(prior: LogDensity, u: Tensor, side: float) -> Tensor:
    """The log of the prior's mass p(z) dz in the cells about u, where dz = cosh(u) du: (M,)."""
    return prior(u.sinh()) + u.cosh().log().sum(dim=1) + 2 * math.log(side)


def log_likelihoods(vae: VAE, z: Tensor, x: Tensor) -> Tensor:
    """Return log p(x|z) of every image (N, 1, 28, 28) at every code (M, 2) in nats, (N, M).

    The sum over the pixels of `app.model.vae.log_likelihood`, multiplied out to one matrix product,
    since there are billions of pairs: log p(x|z) = x . weight(z) + bias(z) + c(x).
    """
    images, x_logits = x.flatten(1), vae.decode(z).flatten(1)
    if vae.config.likelihood == "bernoulli":
        return images @ x_logits.T - F.softplus(x_logits).sum(dim=1)
    means, noise_std = x_logits.sigmoid(), vae.config.noise_std
    squares = means.square().sum(dim=1) + images.square().sum(dim=1, keepdim=True)
    scale = images.shape[1] * math.log(noise_std * math.sqrt(2 * math.pi))
    return (images @ means.T - 0.5 * squares) / noise_std**2 - scale


def grid_centers(half: float, cells: int, device: torch.device) -> Tensor:
    """Return the centers u of the cells of the square [-half, half]^2, row by row: (cells^2, 2)."""
    side = 2 * half / cells
    axis = torch.arange(cells, device=device) * side + (side / 2 - half)
    return torch.cartesian_prod(axis, axis)
