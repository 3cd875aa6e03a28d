"""Quality of a two-dimensional latent map: connected classes, distinct codes, stable means."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.model import inference
from app.model.corruption import corrupt
from app.model.density import aggregate_posterior
from app.model.inference import Array
from app.model.vae import VAE

CELLS = 256  # per side, of the grid that a class's density is computed on
MASS = 0.9  # of a class's density, within its region
SMALLEST = 0.03  # of a class's codes, in a part that counts as an island
NOISE = 0.05  # share of the pixels that are replaced
JUMP = 1.0  # prior standard deviations

Record = dict[str, Any]


def map_quality(
    vae: VAE, x: Array, codes: dict[str, Array], labels: NDArray[Any], seed: int
) -> Record:
    """Return the figures of a two-dimensional map of test images.

    Args:
        vae: with two latent dimensions.
        x: gray images (N, 28, 28) in [0, 1].
        codes: "mu" and "std" of x, each (N, 2).
        labels: (N,), the classes.
        seed: of the noise on the pixels.

    Returns:
        islands: connected parts of the smallest region with 90 % of a class's aggregate posterior
            that contain at least 3 % of its codes, mean over the classes.
        same_code: images whose mean is exactly that of an earlier image.
        jumps: share of the means that move by more than one prior standard deviation when 5 % of
            the pixels are replaced by uniform noise.
    """
    mu, std = codes["mu"], codes["std"]
    counts = [islands(mu[labels == label], std[labels == label]) for label in np.unique(labels)]
    moved = inference.encode(vae, corrupt(x, "noise", NOISE, seed)).mu - mu
    return {
        "islands": float(np.mean(counts)),
        "same_code": len(mu) - len(np.unique(mu, axis=0)),
        "jumps": float((np.linalg.norm(moved, axis=1) > JUMP).mean()),
    }


def islands(mu: Array, std: Array) -> int:
    """Return how many separate parts the densest region of codes mu, std (N, 2) has."""
    half = 1.1 * float(np.abs(mu).max())
    region = aggregate_posterior(mu, std, half, CELLS).region(MASS)
    parts: NDArray[np.int32]
    parts, count = ndimage.label(region, structure=np.ones((3, 3)))
    cell = ((mu + half) / (2 * half) * CELLS).astype(int).clip(0, CELLS - 1)
    part = parts[cell[:, 1], cell[:, 0]]
    return sum(bool((part == number).mean() >= SMALLEST) for number in range(1, count + 1))
