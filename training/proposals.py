"""What importance sampling draws codes from.

Draws from q(z|x) alone miss what q misses: where two places of the plane decode to a digit and q
holds one, log p(x) comes out too low, and no practical number of draws mends it; nor does it where
the many dimensions of a code depend on each other and q's do not. Half of the draws from elsewhere
do (Hesterberg, "Weighted Average Importance Sampling and Defensive Mixture Distributions", 1995).
From where, a coarse look at the whole plane says in two dimensions, in more the slopes at q's mean.
"""

import math
from typing import Protocol

import torch
from torch import Tensor

from app.plane import Decoded, centres, standard_normal
from app.quadrature import REACH, check_plane, log_mass
from app.vae import VAE

CELLS = 250  # a side, of the look at the plane


class Proposal(Protocol):
    """A density of codes for each of B images."""

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes (count, B, Z), and their log density (count, B) in nats.

        The generator is the CPU's, so that every device sees the same draws.
        """

    def log_density(self, z: Tensor) -> Tensor:
        """Of any codes (S, B, Z), (S, B) in nats."""


class Posterior:
    """q(z|x), as `VAE.encode` gives it."""

    def __init__(self, mu: Tensor, logvar: Tensor) -> None:
        self.mu, self.logvar = mu, logvar

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        eps = torch.randn((count, *self.mu.shape), generator=generator).to(self.mu.device)
        return self.mu + torch.exp(0.5 * self.logvar) * eps, self._of_eps(eps)

    def log_density(self, z: Tensor) -> Tensor:
        return self._of_eps((z - self.mu) * torch.exp(-0.5 * self.logvar))

    def _of_eps(self, eps: Tensor) -> Tensor:
        return -0.5 * (eps.square() + self.logvar + math.log(2 * math.pi)).sum(dim=2)


class Plane:
    """The plane in cells, decoded once.

    Raises:
        ValueError: the model's code is no plane.
    """

    def __init__(self, vae: VAE, cells: int = CELLS) -> None:
        check_plane(vae)
        self.cells = cells
        self.half = math.asinh(REACH)
        self.side = 2 * self.half / cells
        self.u = centres(self.half, cells, next(vae.parameters()).device)
        x_logits = vae.decode(self.u.sinh())
        self.decoded = Decoded.of(x_logits, vae.config.likelihood, vae.config.noise_std)

    def histogram(self, x: Tensor) -> "Histogram":
        """About what each cell holds of the posterior of images x (B, 1, 28, 28)."""
        joint = self.decoded.log_likelihoods(x) + log_mass(standard_normal, self.u, self.side)
        return Histogram(self, joint.log_softmax(dim=1))


class Histogram:
    """A density that is even in u = asinh(z) over each cell of the plane.

    Args:
        log_share: of each image in each cell, (B, cells^2), in nats.
    """

    def __init__(self, plane: Plane, log_share: Tensor) -> None:
        self.plane, self.log_share = plane, log_share

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        share = self.log_share.exp().cpu()
        cell = torch.multinomial(share, count, replacement=True, generator=generator)
        within = torch.rand((*cell.shape, 2), generator=generator) - 0.5
        device = self.log_share.device
        u = self.plane.u[cell.to(device)] + within.to(device) * self.plane.side  # (B, count, 2)
        z = u.sinh().transpose(0, 1)
        return z, self.log_density(z)

    def log_density(self, z: Tensor) -> Tensor:
        plane, u = self.plane, z.asinh()
        place = ((u + plane.half) / plane.side).long()
        outside = (u.abs() >= plane.half).any(dim=2)
        place = place.clamp(0, plane.cells - 1)
        cell = place[..., 0] * plane.cells + place[..., 1]  # (S, B)
        log_share = self.log_share.gather(1, cell.T).T
        log_area = u.cosh().log().sum(dim=2) + 2 * math.log(plane.side)
        return (log_share - log_area).masked_fill(outside, -math.inf)


class Laplace:
    """A Gaussian about q's mean, as wide and as slanted as the posterior is there.

    Its precision is I + J^T W J, with the decoder's Jacobian J and the curvature W of the pixels'
    likelihoods (Park, Kim & Kim, "Variational Laplace Autoencoders", 2019). J is taken by central
    differences half of q's standard deviation away: the slope over what q covers, not at a point.
    """

    def __init__(self, vae: VAE, q: Posterior) -> None:
        config, steps = vae.config, torch.diag_embed(0.5 * torch.exp(0.5 * q.logvar))  # (B, Z, Z)
        mean = vae.decode(q.mu).sigmoid().flatten(1)
        above, below = (
            vae.decode((q.mu.unsqueeze(1) + sign * steps).flatten(0, 1)).view(*steps.shape[:2], -1)
            for sign in (1, -1)
        )
        slopes = (above - below) / (2 * steps.diagonal(dim1=1, dim2=2).unsqueeze(2))  # (B, Z, 784)
        curvature = mean * (1 - mean)
        if config.likelihood == "gaussian":
            curvature = (curvature / config.noise_std).square()
        precision = (slopes * curvature.unsqueeze(1)) @ slopes.mT
        precision += torch.eye(config.latent_dim, device=q.mu.device)
        self.mu, self.factor = q.mu, torch.linalg.cholesky(precision)

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        eps = torch.randn((count, *self.mu.shape), generator=generator).to(self.mu.device)
        offset = torch.linalg.solve_triangular(self.factor.mT, eps.permute(1, 2, 0), upper=True)
        z = self.mu + offset.permute(2, 0, 1)
        return z, self.log_density(z)

    def log_density(self, z: Tensor) -> Tensor:
        eps: Tensor = torch.einsum("sbi,bij->sbj", z - self.mu, self.factor)
        log_scale: Tensor = self.factor.diagonal(dim1=1, dim2=2).log() - 0.5 * math.log(2 * math.pi)
        return log_scale.sum(dim=1) - 0.5 * eps.square().sum(dim=2)


class Defensive:
    """One half of q(z|x), one half of what sees more of the posterior."""

    def __init__(self, q: Posterior, other: Proposal) -> None:
        self.q, self.other = q, other

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        ours, _ = self.q.draw(count - count // 2, generator)
        elsewhere, _ = self.other.draw(count // 2, generator)
        z = torch.cat([ours, elsewhere])
        return z, self.log_density(z)

    def log_density(self, z: Tensor) -> Tensor:
        both = torch.logaddexp(self.q.log_density(z), self.other.log_density(z))
        return both - math.log(2)
