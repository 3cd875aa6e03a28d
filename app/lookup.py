"""An encoder for two latent dimensions that looks before it answers.

Where a decoder's plane is drawn finely an image's posterior is narrow, and often has several modes
far apart; which of them holds the image is hard to learn. But two dimensions can be looked over:
every cell of the plane is decoded (as in Bishop, Svensen & Williams, "GTM: The Generative
Topographic Mapping", 1998), and a small net sees the best one and how its neighbours compare. What
it answers is q(z|x) as from any encoder, mu and log sigma^2, by one and the same function of x for
all images.
"""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from app.plane import Decoded, centres, standard_normal

EDGE = 4.5  # of the square that is looked over
AROUND = 2  # rings of cells about the best one
WORST = -50.0  # nats; what is less likely is as good as impossible
FEATURES = 2 + 2 * (2 * AROUND + 1) ** 2


class Look(nn.Module):
    """log p(x|z) + log p(z) in every cell of the plane.

    No gradient comes back: the decoder does not learn through the look. The plane is decoded when
    it is first asked for after `train()` or `eval()`; training calls that again every few steps, as
    the weights change.

    Args:
        decoder: codes (B, 2) to x_logits; it belongs to another module.
        cells: a side.
        likelihood: what `app.plane.Decoded` takes beside decoded codes.
    """

    def __init__(self, decoder: nn.Module, cells: int, *likelihood: Any) -> None:
        super().__init__()
        self._decoder = (decoder,)  # in a tuple, or its weights would be counted here too
        self.cells, self.likelihood = cells, likelihood
        self._kept: Decoded | None = None

    def forward(self, x: Tensor) -> Tensor:
        """x (B, 1, 28, 28) -> (B, 1, cells, cells), in nats."""
        with torch.no_grad():
            decoded = self._plane(x)
            with torch.autocast(x.device.type, enabled=False):  # nats of hundreds need the decimals
                joint = decoded.log_likelihoods(x)
        return joint.view(len(x), 1, self.cells, self.cells)

    def train(self, mode: bool = True) -> "Look":
        """Forgets the decoded plane."""
        self._kept = None
        return super().train(mode)

    def _plane(self, x: Tensor) -> Decoded:
        """The decoded cells with log p(z) in their bias, on x's device."""
        if self._kept is None or self._kept.bias.device != x.device:
            z = cells(self.cells, x).sinh()
            decoded = Decoded.of(self._decoder[0](z).to(x.dtype), *self.likelihood)
            self._kept = replace(decoded, bias=decoded.bias + standard_normal(z))
        return self._kept


class Refine(nn.Module):
    """mu and log sigma^2 from the best cell and those around it.

    Args:
        layers: from FEATURES to 4.
    """

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, joint: Tensor) -> Tensor:
        """Nats (B, 1, cells, cells) -> mu beside log sigma^2, (B, 4)."""
        count = joint.shape[-1]
        best, place = joint.flatten(1).max(dim=1)
        u = cells(count, joint)[place]
        near = (_neighbours(joint, place) - best[:, None]).clamp(min=WORST)
        answer = self.layers(torch.cat([u, near / 10, near.exp()], dim=1)).to(joint.dtype)
        side = _side(count)
        u = u + side * answer[:, :2]
        log_std = answer[:, 2:] + math.log(side) + u.cosh().log()  # dz = cosh(u) du
        return torch.cat([u.sinh(), 2 * log_std], dim=1)


def cells(count: int, like: Tensor) -> Tensor:
    """The centres u of count x count cells, of the device and dtype of `like`: (count^2, 2).

    In the order of a picture of the plane: the first dimension to the right, the second upwards.
    """
    u = centres(math.asinh(EDGE), count, like.device).to(like.dtype)
    return u.view(count, count, 2).transpose(0, 1).flip(0).reshape(-1, 2)


def _side(count: int) -> float:
    return 2 * math.asinh(EDGE) / count


def _neighbours(joint: Tensor, place: Tensor) -> Tensor:
    """The cells around each image's `place` (B,), (B, (2 AROUND + 1)^2); -inf beyond the edge."""
    padded = nn.functional.pad(joint[:, 0], (AROUND,) * 4, value=-math.inf)
    wide, count = padded.shape[-1], joint.shape[-1]
    ring = torch.arange(2 * AROUND + 1, device=joint.device)
    around = (ring[:, None] * wide + ring).flatten()
    corner = place // count * wide + place % count  # of the square about `place`, in `padded`
    return padded.flatten(1).gather(1, corner[:, None] + around)
