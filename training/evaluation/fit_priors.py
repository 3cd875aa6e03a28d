"""Priors fitted to a model's codes, so that a plain autoencoder can be sampled from.

Source: Ghosh et al., "From Variational to Deterministic Autoencoders", 2020.
"""

import json
import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
from sklearn.mixture import GaussianMixture  # type: ignore[import-untyped]
from torch import Tensor

from app.model import inference
from app.model.inference import Array
from app.model.mixture import Mixture
from app.model.vae import VAE, reparameterize
from training.data import binarize
from training.noise import uniform

COMPONENTS = {"gaussian": 1, "mixture": 10}
SEED = 0
BATCH = 1000


@torch.inference_mode()
def sample_codes(vae: VAE, images: Tensor, binary: bool) -> Array:
    """Return one code of each image, z ~ q(z|x) or f(x), (N, Z).

    Args:
        vae: model that encodes.
        images: uint8 (N, 1, 28, 28).
        binary: whether to draw x ~ Bernoulli(gray level), as in the model's training.
    """
    random = torch.Generator().manual_seed(SEED)
    device = next(vae.parameters()).device
    parts = []
    for batch in torch.split(images, BATCH):
        x = binarize(batch, uniform(tuple(batch.shape), random)) if binary else batch / 255
        mu, logvar = vae.encode(x.to(device))
        parts.append(inference.to_array(reparameterize(mu, logvar, random)))
    return np.concatenate(parts)


def fit(z: Array) -> dict[str, Mixture]:
    """Fit a Gaussian and a mixture of ten Gaussians with full covariances to codes z (N, Z)."""
    return {name: _fit(z, components) for name, components in COMPONENTS.items()}


def _fit(z: Array, components: int) -> Mixture:
    found = GaussianMixture(components, random_state=SEED, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # an approximate optimum suffices
        found.fit(z)
    parts = found.weights_, found.means_, found.covariances_
    return Mixture(*(np.asarray(part, np.float32) for part in parts))


def to_file(priors: dict[str, Mixture]) -> bytes:
    """Return the content of app.model.mixture.FILE."""
    stored = {name: prior.to_json() for name, prior in priors.items()}
    return (json.dumps(stored) + "\n").encode()
