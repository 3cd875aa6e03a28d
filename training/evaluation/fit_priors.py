"""Priors fitted to a model's codes: what a plain autoencoder lacks to be sampled from.

Ghosh et al., "From Variational to Deterministic Autoencoders", 2020, fit such mixtures afterwards.
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
from training.data import binarise
from training.noise import uniform

COMPONENTS = {"gaussian": 1, "mixture": 10}
SEED = 0
BATCH = 1000


@torch.inference_mode()
def codes(vae: VAE, images: Tensor, binary: bool) -> Array:
    """One code of each image, uint8 (N, 1, 28, 28): z ~ q(z|x), or f(x), (N, Z).

    `binary`: whether the model was trained on binarised pixels; else on grey levels.
    """
    random = torch.Generator().manual_seed(SEED)
    device = next(vae.parameters()).device
    parts = []
    for batch in torch.split(images, BATCH):
        x = binarise(batch, uniform(tuple(batch.shape), random)) if binary else batch / 255
        mu, logvar = vae.encode(x.to(device))
        parts.append(inference.to_array(reparameterize(mu, logvar, random)))
    return np.concatenate(parts)


def fit(z: Array) -> dict[str, Mixture]:
    """A Gaussian and a mixture of ten with full covariances, by expectation-maximisation."""
    return {name: _fit(z, components) for name, components in COMPONENTS.items()}


def _fit(z: Array, components: int) -> Mixture:
    found = GaussianMixture(components, random_state=SEED, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near an optimum is near enough
        found.fit(z)
    parts = found.weights_, found.means_, found.covariances_
    return Mixture(*(np.asarray(part, np.float32) for part in parts))


def to_file(priors: dict[str, Mixture]) -> bytes:
    """The content of app.mixture.FILE."""
    stored = {name: prior.to_json() for name, prior in priors.items()}
    return (json.dumps(stored) + "\n").encode()
