"""Bounds of log p(x) by importance sampling, from the encoder's q(z|x) or around it.

Boundary: knows a model and a batch of images; nothing about data sets, files of weights or tables.
"""

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
from training.proposals import Defensive, Plane, Posterior, Proposal

BLOCK = 20  # images whose noise is drawn together; the seed of a block is its place
CHUNK = 100  # importance samples of a block that are decoded at once
CACHED = 200  # codes whose convolutions still fit a CPU's cache
SAVE_EVERY = 50  # blocks
CHECKED, CHECKED_SAMPLES = 200, 100  # images, and draws of each, that two precisions are tried on
TOLERANCE = 0.02  # nats


@dataclass(frozen=True)
class Sampling:
    """How importance sampling is done.

    Attributes:
        samples: k, draws per image.
        seed: of the draws; every block of images has its own, so any block can be done alone.
        precision: of the decoder's products, "float32" or "bf16" (see `precision_for`).
        cache: where finished blocks are kept, so that an interrupted evaluation goes on.
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


def bounds(vae: VAE, x: Tensor, sampling: Sampling) -> Bounds:
    """ELBO and importance-sampled log p(x) of images x (N, 1, 28, 28)."""

    def estimate(block: Tensor, generator: torch.Generator) -> Tensor:
        q = Posterior(vae, block)
        likelihood, log_ratio = importance(vae, block, q, sampling, generator)
        kl = kl_divergence(q.mu, q.logvar).double()
        return torch.stack([-likelihood.mean(dim=0), kl, _log_mean(likelihood + log_ratio)], dim=1)

    return Bounds(*_by_blocks(estimate, vae, x, 3, sampling).unbind(dim=1))


@torch.inference_mode()
def log_p_defensive(vae: VAE, x: Tensor, sampling: Sampling) -> Tensor:
    """log p(x) of images x by importance sampling from q(z|x) and the plane, (N,) in float64.

    As `bounds`, for two latent dimensions: tight too where q misses a mode of the posterior.
    """
    plane = Plane(vae)

    def estimate(block: Tensor, generator: torch.Generator) -> Tensor:
        proposal = Defensive(Posterior(vae, block), plane.histogram(block))
        likelihood, log_ratio = importance(vae, block, proposal, sampling, generator)
        return _log_mean(likelihood + log_ratio).unsqueeze(1)

    return _by_blocks(estimate, vae, x, 1, sampling).squeeze(1)


@torch.inference_mode()
def importance(
    vae: VAE, x: Tensor, proposal: Proposal, sampling: Sampling, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """log p(x|z) and log p(z) - log proposal(z) at its draws: each (samples, B), float64."""
    likelihoods, ratios = [], []
    for start in range(0, sampling.samples, CHUNK):
        z, log_density = proposal.draw(min(CHUNK, sampling.samples - start), generator)
        codes = z.flatten(0, 1)
        with autocast(sampling.precision, z.device):
            x_logits = torch.cat([vae.decode(part) for part in _parts(codes)]).to(x.dtype)
        log_likelihood = vae.log_likelihood(x_logits, x.repeat(len(z), 1, 1, 1))
        likelihoods.append(log_likelihood.view(z.shape[:2]))
        ratios.append(standard_normal(codes).view(z.shape[:2]) - log_density)
    return torch.cat(likelihoods).double(), torch.cat(ratios).double()


def _parts(codes: Tensor) -> tuple[Tensor, ...]:
    """Codes (S, Z) as a device decodes them fastest."""
    return torch.split(codes, CACHED if codes.device.type == "cpu" else len(codes))


def _log_mean(log_weights: Tensor) -> Tensor:
    """The log of the mean weight over the draws, (S, B) -> (B,)."""
    return log_weights.logsumexp(dim=0) - math.log(len(log_weights))


def _by_blocks(
    estimate: Callable[[Tensor, torch.Generator], Tensor],
    vae: VAE,
    x: Tensor,
    columns: int,
    sampling: Sampling,
) -> Tensor:
    """What `estimate` says of each image, (N, columns): block by block, from where it stopped."""
    device, cache = next(vae.parameters()).device, sampling.cache
    rows, done = torch.zeros(len(x), columns, dtype=torch.float64), 0
    if cache is not None and cache.exists():
        tensors, state = load_checkpoint(cache.read_bytes())
        rows, done = tensors["rows"], state["done"]

    @torch.inference_mode()
    def measure(start: int) -> Tensor:
        generator = torch.Generator().manual_seed(_block_seed(sampling.seed, start))
        return estimate(x[start : start + BLOCK].to(device), generator).cpu()

    blocks = range(done, len(x), BLOCK)
    with workers(device) as pool:
        measured = zip(blocks, pool.map(measure, blocks), strict=True)
        progress = tqdm(measured, "log p(x)", len(blocks), unit="block", disable=None)
        for number, (start, block) in enumerate(progress, start=1):
            rows[start : start + BLOCK] = block
            if cache is not None and number % SAVE_EVERY == 0:
                save_checkpoint(cache, {"rows": rows}, {"done": start + BLOCK})
    if cache is not None:
        save_checkpoint(cache, {"rows": rows}, {"done": len(x)})
    return rows


def _block_seed(seed: int, start: int) -> int:
    return int(np.random.SeedSequence([seed, start]).generate_state(1)[0])
