"""Bounds of log p(x) by importance sampling, from the encoder's q(z|x) or around it.

Boundary: knows a model and a batch of images; nothing about data sets, files of weights or tables.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from app.plane import standard_normal
from app.vae import VAE, kl_divergence
from training.checkpoint import load_checkpoint, save_checkpoint
from training.device import autocast, faster_precision, workers
from training.proposals import Defensive, Laplace, Plane, Posterior, Proposal

BLOCK = 20  # images that are drawn for together
ROUND = 100  # draws that every image gets before any gets more
CACHED = 200  # codes whose convolutions still fit a CPU's cache
SAVE_EVERY = 100  # blocks
CHECKED, CHECKED_SAMPLES = 200, 100  # images, and draws of each, that two precisions are tried on
TOLERANCE = 0.02  # nats


@dataclass(frozen=True)
class Sampling:
    """How importance sampling is done.

    Attributes:
        samples: k, draws per image.
        seed: of the draws; every block of images has its own in every round.
        precision: of the decoder's products, "float32" or "bf16" (see `precision_for`).
        cache: where whole rounds are kept: an interrupted evaluation goes on from there, and one
            with a larger k begins there.
    """

    samples: int
    seed: int = 0
    precision: str = "float32"
    cache: Path | None = None


@dataclass(frozen=True)
class Bounds:
    """Estimates on N images, nats per image, each (N,) in float64.

    Infinite where q(z|x) has no density, sigma = 0 in some dimension.

    Attributes:
        reconstruction: -E_q[log p(x|z)], over k draws.
        kl: KL(q(z|x) || N(0, I)), in closed form.
        log_p: the log of the weights' mean, a bound of log p(x) that is tight for large k
            (Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", 2016, equation 8).
    """

    reconstruction: Tensor
    kl: Tensor
    log_p: Tensor

    @property
    def elbo(self) -> Tensor:
        """E_q[log p(x|z)] - KL."""
        return -(self.reconstruction + self.kl)


def precision_for(vae: VAE, x: Tensor, seed: int) -> str:
    """ "bf16" where this device multiplies faster in it and no estimate changes by TOLERANCE.

    The change is that of the mean over some of the images x, by the same draws.
    """
    if faster_precision(next(vae.parameters()).device) == "float32":
        return "float32"
    exact, rough = (
        bounds(vae, x[:CHECKED], Sampling(CHECKED_SAMPLES, seed, precision))
        for precision in ("float32", "bf16")
    )
    changes = (rough.elbo - exact.elbo).mean(), (rough.log_p - exact.log_p).mean()
    return "bf16" if all(change.abs() < TOLERANCE for change in changes) else "float32"


@torch.inference_mode()
def bounds(vae: VAE, x: Tensor, sampling: Sampling) -> Bounds:
    """ELBO and importance-sampled log p(x) of images x (N, 1, 28, 28)."""
    mu, logvar = _encode(vae, x)
    log_likelihood, log_p = _sample(vae, x, _posteriors(mu, logvar), sampling)
    return Bounds(-log_likelihood, kl_divergence(mu, logvar).cpu().double(), log_p)


@torch.inference_mode()
def log_p_defensive(vae: VAE, x: Tensor, sampling: Sampling) -> Tensor:
    """log p(x) of images x by importance sampling from q(z|x) and around it, (N,) in float64.

    As `bounds`, but tight too where q misses a mode of the posterior, in two latent dimensions, or
    how they depend on each other, in more.
    """
    mu, logvar = _encode(vae, x)
    q = _posteriors(mu, logvar)
    plane = Plane(vae) if vae.config.latent_dim == 2 else None

    @functools.cache  # small, and as dear as some rounds' draws
    def laplace(start: int) -> Laplace:
        return Laplace(vae, q(start))

    def proposal(start: int) -> Proposal:
        if plane is None:
            return Defensive(q(start), laplace(start))
        block = x[start : start + BLOCK].to(mu.device)
        return Defensive(q(start), plane.histogram(block))

    return _sample(vae, x, proposal, sampling)[1]


@torch.inference_mode()
def importance(
    vae: VAE,
    x: Tensor,
    proposal: Proposal,
    count: int,
    generator: torch.Generator,
    precision: str = "float32",
) -> tuple[Tensor, Tensor]:
    """log p(x|z) and log p(z) - log proposal(z) at its draws: each (count, B), float64."""
    z, log_density = proposal.draw(count, generator)
    codes = z.flatten(0, 1)
    with autocast(precision, z.device):
        x_logits = torch.cat([vae.decode(part) for part in _parts(codes)]).to(x.dtype)
    log_likelihood = vae.log_likelihood(x_logits, x.repeat(count, 1, 1, 1)).view(z.shape[:2])
    log_ratio = standard_normal(codes).view(z.shape[:2]) - log_density
    return log_likelihood.double(), log_ratio.double()


def _encode(vae: VAE, x: Tensor) -> tuple[Tensor, Tensor]:
    """q(z|x) of any number of images, on the model's device."""
    device = next(vae.parameters()).device
    mu, logvar = zip(*(vae.encode(part.to(device)) for part in torch.split(x, CACHED)), strict=True)
    return torch.cat(mu), torch.cat(logvar)


def _posteriors(mu: Tensor, logvar: Tensor) -> Callable[[int], Posterior]:
    """q(z|x) of the block of images that starts at an index."""

    def q(start: int) -> Posterior:
        rows = slice(start, start + BLOCK)
        return Posterior(mu[rows], logvar[rows])

    return q


def _parts(codes: Tensor) -> tuple[Tensor, ...]:
    """Codes (S, Z) as a device decodes them fastest."""
    return torch.split(codes, CACHED if codes.device.type == "cpu" else len(codes))


def _sample(
    vae: VAE, x: Tensor, proposal: Callable[[int], Proposal], sampling: Sampling
) -> tuple[Tensor, Tensor]:
    """The mean of log p(x|z), and the log of the mean weight, over k draws: each (N,), float64.

    Args:
        proposal: of the block of images that starts there.
    """
    device = next(vae.parameters()).device
    blocks = range(0, len(x), BLOCK)
    tasks = [(drawn, start) for drawn in range(0, sampling.samples, ROUND) for start in blocks]
    whole = sampling.samples // ROUND * len(blocks)  # tasks whose draws a larger k has too

    @torch.inference_mode()
    def draw(task: tuple[int, int]) -> Tensor:
        drawn, start = task
        rows, count = slice(start, start + BLOCK), min(ROUND, sampling.samples - drawn)
        generator = torch.Generator().manual_seed(_seed(sampling.seed, *task))
        block = x[rows].to(device)
        log_likelihood, log_ratio = importance(
            vae, block, proposal(start), count, generator, sampling.precision
        )
        log_weight = (log_likelihood + log_ratio).logsumexp(dim=0)
        return torch.stack([log_likelihood.sum(dim=0), log_weight]).cpu()

    sums, done, cache = _kept(sampling.cache, len(x), whole)
    with workers(device) as pool:
        results = zip(tasks[done:], pool.map(draw, tasks[done:]), strict=True)
        bar = tqdm(results, "log p(x)", len(tasks), initial=done, unit="block", disable=None)
        for (_, start), (log_likelihood, log_weight) in bar:
            rows = slice(start, start + BLOCK)
            sums[0, rows] += log_likelihood
            sums[1, rows] = torch.logaddexp(sums[1, rows], log_weight)
            done += 1
            if cache is not None and done <= whole and (done == whole or done % SAVE_EVERY == 0):
                save_checkpoint(cache, {"sums": sums}, {"done": done})
    return sums[0] / sampling.samples, sums[1] - math.log(sampling.samples)


def _kept(cache: Path | None, images: int, whole: int) -> tuple[Tensor, int, Path | None]:
    """Sums over the draws so far, (2, N), the tasks that are in them, and where to keep more.

    A file with more than `whole` tasks has deeper sums than are wanted; these it is to keep.
    """
    sums = torch.stack([torch.zeros(images), torch.full((images,), -math.inf)]).double()
    if cache is None or not cache.exists():
        return sums, 0, cache
    tensors, state = load_checkpoint(cache.read_bytes())
    return (tensors["sums"], state["done"], cache) if state["done"] <= whole else (sums, 0, None)


def _seed(*entropy: int) -> int:
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])
