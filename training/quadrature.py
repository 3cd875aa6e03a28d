"""log p(x) of a model with two latent dimensions, by adding up over the plane.

Importance sampling from q(z|x) is blind to where q is not: a digit that two places of the plane
decode to has a posterior with two modes, q holds one, and the estimate lies too low. The plane can
be walked whole, and no encoder is needed.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from app.vae import VAE

STEP = 0.02
REACH = 5.0
CHUNK = 2000  # codes that are decoded at once


@torch.inference_mode()
def log_p(vae: VAE, x: Tensor, step: float = STEP, reach: float = REACH) -> Tensor:
    """log p(x) = log of the integral of p(x|z) N(z; 0, I), nats per image, (N,) in float64.

    By the midpoint rule; beyond `reach` lies less than a millionth of the prior.

    Args:
        x: (N, 1, 28, 28) in [0, 1].
        step: between two codes; must be smaller than the posterior's width.
        reach: the square is [-reach, reach]^2.

    Raises:
        ValueError: the model's code is no plane.
    """
    if vae.config.latent_dim != 2:
        raise ValueError(f"quadrature takes 2 latent dimensions, not {vae.config.latent_dim}")
    axis = torch.arange(-reach + step / 2, reach, step, device=x.device)
    images, total = x.flatten(1), x.new_full((len(x),), -math.inf, dtype=torch.float64)
    for z in torch.split(torch.cartesian_prod(axis, axis), CHUNK):
        mass = 2 * math.log(step) - math.log(2 * math.pi) - 0.5 * z.square().sum(dim=1)
        joint = log_likelihoods(vae, z, images) + mass  # (N, codes)
        total = torch.logaddexp(total, joint.double().logsumexp(dim=1))
    return total


def log_likelihoods(vae: VAE, z: Tensor, images: Tensor) -> Tensor:
    """log p(x|z) of every image at every code by one matrix product, (N, M).

    `app.vae.log_likelihood` with its sum over pixels multiplied out, since there are billions.

    Args:
        z: (M, Z).
        images: (N, 784).
    """
    x_logits = vae.decode(z).flatten(1)
    if vae.config.likelihood == "bernoulli":
        return images @ x_logits.T - F.softplus(x_logits).sum(dim=1)
    means, std = x_logits.sigmoid(), vae.config.noise_std
    squares = (
        images.square().sum(dim=1, keepdim=True) - 2 * images @ means.T + means.square().sum(dim=1)
    )
    return -0.5 * squares / std**2 - images.shape[1] * math.log(std * math.sqrt(2 * math.pi))
