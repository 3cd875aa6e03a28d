"""Estimates of the ELBO and log p(x) by importance sampling, with draws from q(z|x)."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from app.model.vae import VAE, kl_divergence, log_prior
from training.checkpoint import load_checkpoint, save_checkpoint
from training.device import thread_pool

REPORTED = (128, 500)  # smaller k that papers use, also estimated
ROUND = 250  # draws per image in each further round
BLOCK = 20  # images decoded together
DECODED_AT_ONCE = 200  # codes whose convolutions still fit a CPU's cache
SAVE_EVERY = 100  # blocks


@dataclass(frozen=True)
class ImportanceSamplingConfig:
    """Settings of importance sampling.

    Attributes:
        samples: k, draws per image.
        seed: seed of the draws; every block of images has its own generator in every round.
        cache: file for the sums of finished blocks, from which an interrupted evaluation or one
            with a larger k resumes; None to store nothing.
    """

    samples: int
    seed: int = 0
    cache: Path | None = None


@dataclass(frozen=True)
class Bounds:
    """Estimates on N images, nats per image, each (N,) in float64.

    Infinite where q(z|x) has no density: sigma = 0 in some dimension.

    Attributes:
        reconstruction: -E_q[log p(x|z)], over k draws.
        kl: KL(q(z|x) || N(0, I)), in closed form.
        log_p: log of the mean weight over k draws, a lower bound on log p(x) that tightens with k
            (Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", 2016, equation 8).
        log_p_at: the same over the first k' draws, by each k' in REPORTED that is below k.
    """

    reconstruction: Tensor
    kl: Tensor
    log_p: Tensor
    log_p_at: dict[int, Tensor] = field(default_factory=dict)

    @property
    def elbo(self) -> Tensor:
        """Return E_q[log p(x|z)] - KL, (N,), in nats."""
        return -(self.reconstruction + self.kl)


@torch.inference_mode()
def bounds(vae: VAE, x: Tensor, config: ImportanceSamplingConfig) -> Bounds:
    """Estimate the ELBO and log p(x) of images x (N, 1, 28, 28) from draws of q(z|x)."""
    mu, logvar = _encode(vae, x)
    ends, starts = round_ends(config.samples), range(0, len(x), BLOCK)
    tasks = [(number, start) for number in range(len(ends)) for start in starts]
    shared = sum(end in round_ends(end + 1)[:-1] for end in ends) * len(starts)
    rows_of_k = (config.samples, *REPORTED)
    sums, done, cache = _load_progress(config.cache, (1 + len(rows_of_k), len(x)), shared)

    @torch.inference_mode()
    def draw(task: tuple[int, int]) -> tuple[Tensor, Tensor]:
        number, start = task
        begin = ends[number - 1] if number else 0
        entropy = np.random.SeedSequence((config.seed, begin, start))
        generator = torch.Generator().manual_seed(int(entropy.generate_state(1)[0]))
        rows = slice(start, start + BLOCK)
        q, count = (mu[rows], logvar[rows]), ends[number] - begin
        log_p_x, log_w = log_weights(vae, x[rows].to(mu.device), *q, count, generator)
        return log_p_x.sum(dim=0).cpu(), log_w.logsumexp(dim=0).cpu()

    with thread_pool(mu.device) as pool:
        results = zip(tasks[done:], pool.map(draw, tasks[done:]), strict=True)
        bar = tqdm(results, "log p(x)", len(tasks), initial=done, unit="block", disable=None)
        for (number, start), (log_p_x, log_w) in bar:
            rows = slice(start, start + BLOCK)
            sums[0, rows] += log_p_x
            for row, k in enumerate(rows_of_k, start=1):
                if ends[number] <= k:
                    sums[row, rows] = torch.logaddexp(sums[row, rows], log_w)
            done += 1
            if cache and done <= shared and (done == shared or done % SAVE_EVERY == 0):
                save_checkpoint(cache, {"sums": sums}, {"done": done})
    log_p = {k: sums[row] - math.log(k) for row, k in enumerate(rows_of_k, start=1)}
    return Bounds(
        reconstruction=-sums[0] / config.samples,
        kl=kl_divergence(mu, logvar).cpu().double(),
        log_p=log_p[config.samples],
        log_p_at={k: log_p[k] for k in REPORTED if k < config.samples},
    )


def log_weights(
    vae: VAE, x: Tensor, mu: Tensor, logvar: Tensor, count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return log p(x|z) and log p(x, z) - log q(z|x) at draws z ~ q(z|x), each (count, B), float64.

    Args:
        vae: model.
        x: (B, 1, 28, 28).
        mu: (B, Z), mean of q(z|x).
        logvar: (B, Z), log variance of q(z|x).
        count: number of draws per image.
        generator: generator on the CPU, so that every device uses the same draws.
    """
    eps = torch.randn((count, *mu.shape), generator=generator).to(mu.device)
    z = mu + torch.exp(0.5 * logvar) * eps
    log_q = -0.5 * (eps.square() + logvar + math.log(2 * math.pi)).sum(dim=2)
    codes = z.flatten(0, 1)
    chunk = DECODED_AT_ONCE if codes.device.type == "cpu" else len(codes)
    x_logits = torch.cat([vae.decode(part) for part in torch.split(codes, chunk)])
    log_p_x = vae.log_likelihood(x_logits, x.repeat(count, 1, 1, 1)).view(z.shape[:2]).double()
    return log_p_x, log_p_x + (log_prior(codes).view(z.shape[:2]) - log_q).double()


def round_ends(samples: int) -> list[int]:
    """Return the number of draws after each round; a larger k has the same but for the last."""
    ends = [k for k in REPORTED if k < samples]
    return [*ends, *range(REPORTED[-1] + ROUND, samples, ROUND), samples]


def _encode(vae: VAE, x: Tensor) -> tuple[Tensor, Tensor]:
    """Encode any number of images in batches, on the model's device."""
    device = next(vae.parameters()).device
    parts = [vae.encode(part.to(device)) for part in torch.split(x, DECODED_AT_ONCE)]
    mu, logvar = zip(*parts, strict=True)
    return torch.cat(mu), torch.cat(logvar)


def _load_progress(
    cache: Path | None, shape: tuple[int, int], shared: int
) -> tuple[Tensor, int, Path | None]:
    """Return the sums so far, the number of tasks in them, and the file to save to.

    A file with more than `shared` tasks is from a larger k, and is neither used nor replaced.
    """
    sums = torch.full(shape, -math.inf, dtype=torch.float64)
    sums[0] = 0
    if cache is None or not cache.exists():
        return sums, 0, cache
    tensors, state = load_checkpoint(cache.read_bytes())
    return (tensors["sums"], state["done"], cache) if state["done"] <= shared else (sums, 0, None)
