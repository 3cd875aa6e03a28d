"""What can be done to a picture before an encoder sees it: noise, or a patch over it.

Pure functions of numpy arrays; the same seed damages every picture alike.
"""

from collections.abc import Callable

import numpy as np
import torch

from app.model.inference import Array, check_range, generator
from app.model.vae import IMAGE_SIDE, PIXELS

PATCH = 0.5  # the grey level that covers a picture


def corrupt(x: Array, kind: str, amount: float, seed: int) -> Array:
    """Pictures (B, 28, 28) in [0, 1], damaged.

    Args:
        kind: "noise" puts uniform noise in place of a share of the pixels, each picture's own;
            "occlusion" covers a share of the area with a grey square, anywhere.
        amount: that share, in [0, 1].

    Raises:
        ValueError: for another kind, or an amount or seed out of range.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r:.40}")
    check_range("amount", amount, 0, 1)
    return KINDS[kind](x, amount, generator(seed))


def _noise(x: Array, amount: float, random: torch.Generator) -> Array:
    places, noise = (torch.rand(x.shape, generator=random).numpy() for _ in range(2))
    return np.where(places < amount, noise, x)


def _occlusion(x: Array, amount: float, random: torch.Generator) -> Array:
    side = round((amount * PIXELS) ** 0.5)
    corners = torch.randint(0, IMAGE_SIDE - side + 1, (len(x), 2), generator=random).numpy()
    covered = x.copy()
    for picture, (top, left) in zip(covered, corners, strict=True):
        picture[top : top + side, left : left + side] = PATCH
    return covered


KINDS: dict[str, Callable[[Array, float, torch.Generator], Array]] = {
    "noise": _noise,
    "occlusion": _occlusion,
}
