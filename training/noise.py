"""All randomness of a run, from its seed: weights, order, binarisation, dropout and epsilon.

What a step draws depends on the seed, the step and an image's position in the global batch alone:
never on how many processes share that batch, on which one holds it, or on an interruption.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn


def noise_seed(seed: int, position: int, purpose: str) -> int:
    """A seed for one step's, or one epoch's, draws.

    Hashed, because torch's CPU generator keeps only the lower 32 bits of what it is given.
    """
    entropy = [seed, position, *purpose.encode()]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def uniform(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """float32 of `shape` on the generator's device, uniform over the multiples of 2^-16 in [0, 1).

    Four of them are cut from each 64-bit draw, because on a CPU drawing is what binarisation takes
    most of its time for.
    """
    count = math.prod(shape)
    words = torch.empty(-(-count // 4), dtype=torch.int64, device=generator.device)
    words.random_(-(2**63), None, generator=generator)
    bits = words.view(torch.int16)[:count].view(shape)
    return bits.to(torch.float32).mul_(2**-16).add_(0.5)


class Noise:
    """The draws of one step after another, for some rows of a global batch.

    Args:
        seed: the recipe's.
        batch: images in the global batch.
        rows: those of them that this process holds.
        device: where the draws are made and used.
    """

    def __init__(self, seed: int, batch: int, rows: slice, device: torch.device) -> None:
        self._seed, self._batch, self._rows = seed, batch, rows
        self._generator = torch.Generator(device)

    def begin(self, position: int, purpose: str = "step") -> None:
        """Every process then draws the same things in the same order."""
        self._generator.manual_seed(noise_seed(self._seed, position, purpose))

    def uniform(self, *shape: int) -> Tensor:
        """(rows, *shape) in [0, 1)."""
        return uniform((self._batch, *shape), self._generator)[self._rows]

    def normal(self, *shape: int) -> Tensor:
        """(rows, *shape) from N(0, 1), float32."""
        device, shape = self._generator.device, (self._batch, *shape)
        return torch.randn(shape, generator=self._generator, device=device)[self._rows]


class Dropout(nn.Module):
    """nn.Dropout whose mask comes from a run's noise."""

    def __init__(self, rate: float, noise: Noise) -> None:
        super().__init__()
        self.rate, self.noise = rate, noise

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        kept = self.noise.uniform(*x.shape[1:]) >= self.rate
        return x * kept / (1 - self.rate)


def replace_dropout(module: nn.Module, noise: Noise) -> None:
    """Gives every nn.Dropout in `module` its masks from `noise`, in place."""
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout):
                setattr(parent, name, Dropout(child.p, noise))
