"""The objective of training, in named parts: pure functions of a model and a batch."""

from typing import NamedTuple

from torch import Tensor, nn

from app.vae import VAE, kl_divergence


class Terms(NamedTuple):
    """Scalars, nats per image, mean over the batch.

    Attributes:
        loss: reconstruction + lambda * kl, what is minimised; -ELBO when lambda = 1.
        reconstruction: -E_q[log p(x|z)] with one epsilon per image.
        kl: KL(q(z|x) || N(0, I)).
    """

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


def objective(vae: VAE, x: Tensor, eps: Tensor, kl_weight: float) -> Terms:
    """-E_q[log p(x|z)] + lambda * KL for images x, (B, 1, 28, 28) in [0, 1], and eps (B, Z)."""
    x_logits, mu, logvar = vae(x, eps)
    reconstruction = -vae.log_likelihood(x_logits, x).mean()
    kl = kl_divergence(mu, logvar).mean()
    return Terms(reconstruction + kl_weight * kl, reconstruction, kl)


class Objective(nn.Module):
    """`objective` of one model as a module: what PyTorch's data-parallel engine can wrap."""

    def __init__(self, vae: VAE) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, x: Tensor, eps: Tensor, kl_weight: float) -> Terms:
        return objective(self.vae, x, eps, kl_weight)
