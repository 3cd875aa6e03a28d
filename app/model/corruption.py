"""Corruption of images before encoding: uniform noise or occlusion.

Pure functions of numpy arrays; the same seed gives the same corruption.
"""

from collections.abc import Callable

import numpy as np
import torch

from app.model.inference import Array, check_range, generator
from app.model.vae import IMAGE_SIDE, PIXELS

OCCLUDED = 0.5  # gray level of the occluding square


def corrupt(x: Array, kind: str, amount: float, seed: int) -> Array:
    """Return corrupted copies of images (B, 28, 28) in [0, 1].

    Args:
        x: (B, 28, 28) in [0, 1].
        kind: "noise" replaces each pixel with probability `amount` by uniform noise; "occlusion"
            covers this fraction of the area with a gray square at a random position.
        amount: the probability or fraction, in [0, 1].
        seed: the seed of the noise or the positions.

    Raises:
        ValueError: the kind is unknown, or the amount or seed is out of range.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r:.40}")
    check_range("amount", amount, 0, 1)
    return KINDS[kind](x, amount, generator(seed))


def _noise(x: Array, amount: float, random: torch.Generator) -> Array:
    scores, noise = (torch.rand(x.shape, generator=random).numpy() for _ in range(2))
    return np.where(scores < amount, noise, x)


def _occlusion(x: Array, amount: float, random: torch.Generator) -> Array:
    side = round((amount * PIXELS) ** 0.5)
    corners = torch.randint(0, IMAGE_SIDE - side + 1, (len(x), 2), generator=random).numpy()
    occluded = x.copy()
    for image, (top, left) in zip(occluded, corners, strict=True):
        image[top : top + side, left : left + side] = OCCLUDED
    return occluded


KINDS: dict[str, Callable[[Array, float, torch.Generator], Array]] = {
    "noise": _noise,
    "occlusion": _occlusion,
}
