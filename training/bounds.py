"""Bounds of log p(x) by importance sampling from the encoder's q(z|x).

Boundary: knows a model and a batch of images; nothing about data sets, files of weights or tables.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from app.vae import VAE, kl_divergence
from training.checkpoint import load_checkpoint, save_checkpoint

BLOCK = 20  # images whose noise is drawn together; the seed of a block is its place
CHUNK = 100  # importance samples of a block that are decoded at once
SAVE_EVERY = 50  # blocks


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


def bounds(vae: VAE, x: Tensor, samples: int, seed: int, cache: Path | None = None) -> Bounds:
    """ELBO and importance-sampled log p(x) of images x (N, 1, 28, 28).

    Args:
        samples: k, importance samples per image.
        seed: of the epsilons; every block of images has its own, so any block can be done alone.
        cache: where finished blocks are kept, so that an interrupted evaluation goes on.
    """
    device = next(vae.parameters()).device
    done, rows = _read_cache(cache, len(x))
    blocks = range(done, len(x), BLOCK)
    for number, start in enumerate(tqdm(blocks, desc=f"k = {samples}", unit="block", disable=None)):
        block = x[start : start + BLOCK].to(device)
        generator = torch.Generator().manual_seed(_block_seed(seed, start))
        rows[start : start + BLOCK] = _estimate(vae, block, samples, generator).cpu()
        if cache is not None and (number + 1) % SAVE_EVERY == 0:
            save_checkpoint(cache, {"rows": rows}, {"done": start + BLOCK})
    if cache is not None:
        save_checkpoint(cache, {"rows": rows}, {"done": len(x)})
    return Bounds(*rows.unbind(dim=1))


@torch.inference_mode()
def _estimate(vae: VAE, x: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    """The three estimates of each image, (B, 3)."""
    likelihood, log_ratio = (part.double() for part in importance(vae, x, samples, generator))
    kl = kl_divergence(*vae.encode(x)).double()
    log_p = (likelihood + log_ratio).logsumexp(dim=0) - np.log(samples)
    return torch.stack([-likelihood.mean(dim=0), kl, log_p], dim=1)


@torch.inference_mode()
def importance(
    vae: VAE, x: Tensor, samples: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """log p(x|z) and log p(z) - log q(z|x) at `samples` draws of z ~ q(z|x): each (samples, B)."""
    mu, logvar = vae.encode(x)
    likelihoods, ratios = [], []
    for start in range(0, samples, CHUNK):
        shape = (min(CHUNK, samples - start), *mu.shape)  # (S, B, Z)
        eps = torch.randn(shape, generator=generator).to(mu.device)
        z = mu + torch.exp(0.5 * logvar) * eps
        x_logits = vae.decode(z.flatten(0, 1))
        log_likelihood = vae.log_likelihood(x_logits, x.repeat(shape[0], 1, 1, 1))
        likelihoods.append(log_likelihood.view(shape[:2]))
        ratios.append(0.5 * (eps.square() + logvar - z.square()).sum(dim=2))
    return torch.cat(likelihoods), torch.cat(ratios)


def _read_cache(cache: Path | None, count: int) -> tuple[int, Tensor]:
    """How many images are done, and the rows (N, 3) of their estimates."""
    if cache is None or not cache.exists():
        return 0, torch.zeros(count, 3, dtype=torch.float64)
    tensors, state = load_checkpoint(cache.read_bytes())
    return state["done"], tensors["rows"]


def _block_seed(seed: int, start: int) -> int:
    return int(np.random.SeedSequence([seed, start]).generate_state(1)[0])
