"""Numerical integration of log p(x) for a model with two latent dimensions.

Importance sampling from q(z|x) underestimates log p(x) when the posterior has a mode that q misses.
In two dimensions the integral can be computed on a grid instead. This does not use the encoder, so
it also applies to the decoder of a deterministic autoencoder, under any prior.

The grid is z = sinh(u) with equal cells in u: fine near the origin, where codes are dense, and
coarser with distance, where the codes of plain autoencoders are sparse.
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

CELLS = 500  # per side
GRID_EXTENT = 5.0  # the standard normal has less than 1.2e-6 of its mass outside [-5, 5]^2
CODE_MARGIN = 1.1  # factor on the largest coordinate of a code, to cover its neighborhood
MAX_ELEMENTS = 4_000_000  # images x codes per batch; larger batches need memory and save no time
# Of log_p_near:
COARSE_CELLS = 96  # per side, in the coarse pass
REFINED_CELLS = 16  # coarse cells per image and prior that the fine pass subdivides
FINE_CELLS = 6  # per side of a subdivided cell


@torch.inference_mode()
def log_p(
    vae: VAE,
    x: Tensor,
    priors: Sequence[LogDensity] = (log_prior,),
    max_abs: float = GRID_EXTENT,
    cells: int = CELLS,
) -> Tensor:
    """Return log p(x) = log of the integral of p(x|z) p(z) dz in nats, float64 (P, N).

    Uses the midpoint rule on a grid that covers [-max_abs, max_abs]^2.

    Args:
        vae: a model with two latent dimensions.
        x: (N, 1, 28, 28) in [0, 1].
        priors: P functions log p(z).
        max_abs: half the side of the square, see `max_abs_of`.
        cells: cells per side. A cell must be smaller than the width of the posterior p(z|x).

    Raises:
        ValueError: the model does not have two latent dimensions.
    """
    check_latent_dim(vae)
    half = math.asinh(max_abs)
    total = x.new_full((len(priors), len(x)), -math.inf, dtype=torch.float64)
    for u in torch.split(grid_centers(half, cells, x.device), max(1, MAX_ELEMENTS // len(x))):
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
    max_abs: float = GRID_EXTENT,
) -> Tensor:
    """Return log p(x) as `log_p` does, for a few images in a fraction of a second.

    A coarse pass finds the cells with the largest part of each image's integral; a fine pass
    subdivides these.

    Raises:
        ValueError: the model does not have two latent dimensions.
    """
    check_latent_dim(vae)
    half = math.asinh(max_abs)
    side = 2 * half / COARSE_CELLS
    u = grid_centers(half, COARSE_CELLS, x.device)
    coarse = _joint(vae, x, u, priors, side)
    chosen = torch.unique(coarse.flatten(0, 1).topk(REFINED_CELLS, dim=1).indices)
    parts = (u[chosen, None] + grid_centers(side / 2, FINE_CELLS, x.device)).flatten(0, 1)
    fine = _joint(vae, x, parts, priors, side / FINE_CELLS)
    coarse[:, :, chosen] = -math.inf
    return torch.cat([coarse, fine], dim=2).double().logsumexp(dim=2)


def max_abs_of(codes: NDArray[np.floating]) -> float:
    """Return half the side of the square that covers the standard normal and codes (N, 2)."""
    return max(GRID_EXTENT, CODE_MARGIN * float(np.abs(codes).max()))


def check_latent_dim(vae: VAE) -> None:
    """Raise ValueError unless the model has two latent dimensions."""
    if vae.config.latent_dim != 2:
        raise ValueError(f"expected 2 latent dimensions, got {vae.config.latent_dim}")


def _joint(vae: VAE, x: Tensor, u: Tensor, priors: Sequence[LogDensity], side: float) -> Tensor:
    """Return log(p(x|z) p(z) dz) of every image in every cell, (P, N, M)."""
    likelihood = log_likelihoods(vae, u.sinh(), x)
    return torch.stack([likelihood + log_mass(prior, u, side) for prior in priors])


def log_mass(prior: LogDensity, u: Tensor, side: float) -> Tensor:
    """Return the log of the prior mass p(z) dz, dz = cosh(u) du, of cells with centers u, (M,)."""
    return prior(u.sinh()) + u.cosh().log().sum(dim=1) + 2 * math.log(side)


def log_likelihoods(vae: VAE, z: Tensor, x: Tensor) -> Tensor:
    """Return log p(x|z) of every image (N, 1, 28, 28) at every code (M, 2) in nats, (N, M).

    This is `app.model.vae.log_likelihood` as one matrix product, because there are billions of
    pairs: log p(x|z) = x . weight(z) + bias(z) + c(x).
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
