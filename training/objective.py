"""The objective of training, in named parts: pure functions of a model and a batch."""

from typing import NamedTuple

from torch import Tensor

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


def objective(vae: VAE, x: Tensor, kl_weight: float) -> Terms:
    """-E_q[log p(x|z)] + lambda * KL for images x, (B, 1, 28, 28) in [0, 1].

    Epsilon comes from torch's global generator, which the caller seeds.
    """
    x_logits, mu, logvar = vae(x)
    reconstruction = -vae.log_likelihood(x_logits, x).mean()
    kl = kl_divergence(mu, logvar).mean()
    return Terms(reconstruction + kl_weight * kl, reconstruction, kl)
