"""An encoder that checks its answer: it decodes the mean, and moves it to where x is likelier.

An encoder learns one function for all images, and for any one of them a better q(z|x) of the same
kind lies near by (Cremer, Li & Duvenaud, "Inference Suboptimality in Variational Autoencoders",
2018, call the difference the amortization gap). A step along the gradient of log p(x, z) closes
part of it (Kim et al., "Semi-Amortized Variational Autoencoders", 2018); multiplied with sigma^2,
q's own scale, it is the natural gradient of the mean.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

RATE = 0.25  # of a step, before training; 1 would be right if the dimensions did not interact
FARTHEST = 5.0  # standard deviations that the gradient asks for at most, before the rate


class Ascent(nn.Module):
    """mu + rate * sigma^2 * d log p(x, z)/dz at z = mu, a number of times.

    The gradient itself is taken as given: nothing learns through how it came about. Of several
    steps training leaves out the last: the layers before them would come to rely on it.

    Args:
        latent_dim: each dimension has a rate of its own, which is learned.
        steps: how often.
    """

    def __init__(self, latent_dim: int, steps: int) -> None:
        super().__init__()
        self.rate, self.steps = nn.Parameter(torch.full((latent_dim,), RATE)), steps

    def forward(self, mu: Tensor, logvar: Tensor, log_p: Callable[[Tensor], Tensor]) -> Tensor:
        """mu and logvar (B, Z) -> mu (B, Z); `log_p` maps codes (B, Z) to log p(x, z), (B,)."""
        std = torch.exp(0.5 * logvar)
        for _ in range(max(1, self.steps - 1) if self.training else self.steps):
            asked = (std * _gradient(log_p, mu)).clamp(-FARTHEST, FARTHEST)
            mu = mu + self.rate * std * asked
        return mu


def _gradient(log_p: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """d log_p/dz, (B, Z), also where the caller needs no gradients."""
    with torch.inference_mode(False), torch.enable_grad():
        z = z.detach().clone().requires_grad_()
        return torch.autograd.grad(log_p(z).sum(), z)[0]
