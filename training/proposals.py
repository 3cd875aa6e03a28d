"""What importance sampling draws codes from.

Draws from q(z|x) alone miss what q misses: where two places of the plane decode to a digit and q
holds one, log p(x) comes out too low, and no practical number of draws mends it. Half of the draws
from elsewhere do (Hesterberg, "Weighted Average Importance Sampling and Defensive Mixture
Distributions", 1995); in two dimensions a coarse look at the whole plane says from where.
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


class Defensive:
    """One half of q(z|x), one half of what the plane shows."""

    def __init__(self, q: Posterior, histogram: Histogram) -> None:
        self.q, self.histogram = q, histogram

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        ours, _ = self.q.draw(count - count // 2, generator)
        elsewhere, _ = self.histogram.draw(count // 2, generator)
        z = torch.cat([ours, elsewhere])
        return z, self.log_density(z)

    def log_density(self, z: Tensor) -> Tensor:
        both = torch.logaddexp(self.q.log_density(z), self.histogram.log_density(z))
        return both - math.log(2)
