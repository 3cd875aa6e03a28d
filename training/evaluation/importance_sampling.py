"""Estimates of the ELBO and log p(x) by importance sampling, with draws from q(z|x)."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from app.model.vae import VAE, kl_divergence, log_prior
from training.checkpoint import load_checkpoint, save_checkpoint
from training.device import thread_pool

ROUND = 250  # draws per image in one task
BLOCK = 20  # images in one task
DECODED_AT_ONCE = 200  # codes whose convolutions still fit a CPU's cache
SAVE_EVERY = 100  # tasks


@dataclass(frozen=True)
class ImportanceSamplingConfig:
    """Settings of importance sampling.

    Attributes:
        samples: k, draws per image.
        seed: seed of the draws; every task has its own generator.
        cache: file for the sums of finished tasks, from which an interrupted evaluation of the same
            model, images, k and seed resumes; None to store nothing.
    """

    samples: int
    seed: int = 0
    cache: Path | None = None


@dataclass(frozen=True)
class Bounds:
    """Estimates on N images, nats per image, each (N,) in float64.

    If q(z|x) has no density, because sigma = 0 in some dimension, kl and log_p are infinite.

    Attributes:
        reconstruction: -E_q[log p(x|z)], the mean over k draws.
        kl: KL(q(z|x) || N(0, I)), in closed form.
        log_p: log of the mean importance weight over k draws. Its expectation is a lower bound on
            log p(x) that tightens with k (Burda, Grosse & Salakhutdinov, "Importance Weighted
            Autoencoders", 2016, equation 8).
    """

    reconstruction: Tensor
    kl: Tensor
    log_p: Tensor

    @property
    def elbo(self) -> Tensor:
        """Return E_q[log p(x|z)] - KL, (N,), in nats."""
        return -(self.reconstruction + self.kl)


@torch.inference_mode()
def bounds(vae: VAE, x: Tensor, config: ImportanceSamplingConfig) -> Bounds:
    """Estimate the ELBO and log p(x) of images x (N, 1, 28, 28) from draws of q(z|x)."""
    mu, logvar = _encode(vae, x)
    begins, starts = range(0, config.samples, ROUND), range(0, len(x), BLOCK)
    tasks = [(begin, start) for begin in begins for start in starts]
    sum_log_p_x, log_sum_w, done = _load_progress(config.cache, len(x))

    @torch.inference_mode()
    def draw(task: tuple[int, int]) -> tuple[Tensor, Tensor]:
        begin, start = task
        entropy = np.random.SeedSequence((config.seed, begin, start))
        generator = torch.Generator().manual_seed(int(entropy.generate_state(1)[0]))
        rows, count = slice(start, start + BLOCK), min(ROUND, config.samples - begin)
        q = mu[rows], logvar[rows]
        log_p_x, log_w = log_weights(vae, x[rows].to(mu.device), *q, count, generator)
        return log_p_x.sum(dim=0).cpu(), log_w.logsumexp(dim=0).cpu()

    with thread_pool(mu.device) as pool:
        results = zip(tasks[done:], pool.map(draw, tasks[done:]), strict=True)
        bar = tqdm(results, "log p(x)", len(tasks), initial=done, unit="block", disable=None)
        for (_, start), (log_p_x, log_w) in bar:
            rows = slice(start, start + BLOCK)
            sum_log_p_x[rows] += log_p_x
            log_sum_w[rows] = torch.logaddexp(log_sum_w[rows], log_w)
            done += 1
            if config.cache and (done == len(tasks) or done % SAVE_EVERY == 0):
                sums = {"log_p_x": sum_log_p_x, "log_w": log_sum_w}
                save_checkpoint(config.cache, sums, {"done": done})
    return Bounds(
        reconstruction=-sum_log_p_x / config.samples,
        kl=kl_divergence(mu, logvar).cpu().double(),
        log_p=log_sum_w - math.log(config.samples),
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


def _encode(vae: VAE, x: Tensor) -> tuple[Tensor, Tensor]:
    """Encode any number of images in batches, on the model's device."""
    device = next(vae.parameters()).device
    parts = [vae.encode(part.to(device)) for part in torch.split(x, DECODED_AT_ONCE)]
    mu, logvar = zip(*parts, strict=True)
    return torch.cat(mu), torch.cat(logvar)


def _load_progress(cache: Path | None, images: int) -> tuple[Tensor, Tensor, int]:
    """Return the sums of log p(x|z) and the logs of the sums of weights, (N,), of finished tasks.

    The third value is the number of these tasks; it is 0 if no progress is stored.
    """
    if cache is None or not cache.exists():
        zeros = torch.zeros(images, dtype=torch.float64)
        return zeros, zeros.log(), 0
    sums, state = load_checkpoint(cache.read_bytes())
    return sums["log_p_x"], sums["log_w"], state["done"]
