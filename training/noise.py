"""Random numbers of a run, from its seed: weights, order, binarization, dropout and epsilon.

The draws of a step depend only on the seed, the step and an image's position in the global batch.
They do not depend on the number of processes or on interruptions.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn


def noise_seed(seed: int, position: int, purpose: str) -> int:
    """Return the seed of one step's or one epoch's draws, from the seed of the run.

    The three arguments are hashed into 32 bits, because PyTorch's CPU generator uses only the lower
    32 bits of a seed.
    """
    entropy = [seed, position, *purpose.encode()]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def uniform(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Return uniform draws from the multiples of 2^-16 in [0, 1), float32 of the given shape.

    Each 64-bit draw gives four values, because on a CPU the generator takes most of the time of
    binarization. The result is on the generator's device.
    """
    count = math.prod(shape)
    words = torch.empty(-(-count // 4), dtype=torch.int64, device=generator.device)
    words.random_(-(2**63), None, generator=generator)
    bits = words.view(torch.int16)[:count].view(shape)
    return bits.to(torch.float32).mul_(2**-16).add_(0.5)


class Noise:
    """Generator of the draws of each step, for some rows of a global batch.

    Every process draws for the whole batch and keeps its rows, so that the results do not depend on
    the number of processes.

    Args:
        seed: the recipe's seed.
        batch_size: images in the global batch.
        rows: the images of this process.
        device: device of the generator and of its draws.
    """

    def __init__(self, seed: int, batch_size: int, rows: slice, device: torch.device) -> None:
        self._seed, self._batch_size, self._rows = seed, batch_size, rows
        self._generator = torch.Generator(device)

    def reseed(self, position: int, purpose: str = "step") -> None:
        """Restart the generator for a step, an epoch or a batch, given by its number."""
        self._generator.manual_seed(noise_seed(self._seed, position, purpose))

    def uniform(self, *shape: int) -> Tensor:
        """Return uniform draws in [0, 1), (rows, *shape), float32."""
        return uniform((self._batch_size, *shape), self._generator)[self._rows]

    def normal(self, *shape: int) -> Tensor:
        """Return draws from N(0, 1), (rows, *shape), float32."""
        device, shape = self._generator.device, (self._batch_size, *shape)
        return torch.randn(shape, generator=self._generator, device=device)[self._rows]


class Dropout(nn.Module):
    """Dropout whose masks come from a `Noise`."""

    def __init__(self, rate: float, noise: Noise) -> None:
        super().__init__()
        self.rate, self.noise = rate, noise

    def forward(self, x: Tensor) -> Tensor:
        """Return x, (B, ...), with a fraction of its values set to zero in training mode."""
        if not self.training or self.rate == 0:
            return x
        kept = self.noise.uniform(*x.shape[1:]) >= self.rate
        return x * kept / (1 - self.rate)


def replace_dropout(module: nn.Module, noise: Noise) -> None:
    """Replace every nn.Dropout in `module`, in place, by a `Dropout` with masks from `noise`."""
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout):
                setattr(parent, name, Dropout(child.p, noise))
