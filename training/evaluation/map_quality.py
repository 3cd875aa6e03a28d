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

CELLS = 256  # per side of the grid for the density of a class
MASS = 0.9  # probability within the region of a class
SMALLEST = 0.03  # minimum fraction of a class's codes in an island
NOISE = 0.05  # fraction of the pixels that are replaced
JUMP = 1.0  # distance between two means that is counted as a jump, in prior standard deviations

Record = dict[str, Any]


def map_quality(
    vae: VAE, x: Array, codes: dict[str, Array], labels: NDArray[Any], seed: int
) -> Record:
    """Return metrics of a two-dimensional map of test images.

    Args:
        vae: model with two latent dimensions.
        x: gray images (N, 28, 28) in [0, 1].
        codes: "mu" and "std" of x, each (N, 2).
        labels: (N,), the classes.
        seed: seed of the noise on the pixels.

    Returns:
        islands: number of connected parts of the smallest region with 90 % of a class's aggregate
            posterior, without parts with less than 3 % of its codes; the mean over the classes.
        same_code: number of images with exactly the same mean as an earlier image.
        jumps: fraction of the means that move by more than one prior standard deviation when 5 % of
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
    """Return the number of islands (see `map_quality`) of codes with mu and std (N, 2)."""
    half = 1.1 * float(np.abs(mu).max())
    region = aggregate_posterior(mu, std, half, CELLS).region(MASS)
    parts: NDArray[np.int32]
    parts, count = ndimage.label(region, structure=np.ones((3, 3)))
    cell = ((mu + half) / (2 * half) * CELLS).astype(int).clip(0, CELLS - 1)
    part = parts[cell[:, 1], cell[:, 0]]
    return sum(bool((part == number).mean() >= SMALLEST) for number in range(1, count + 1))
