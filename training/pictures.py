"""What a model has learnt, as pictures beside its weights."""

import copy
from statistics import NormalDist

import numpy as np

from app import images, inference
from app.vae import VAE

SAMPLES = 100
SAMPLE_SEED = 0
PLANE_SIDE = 20


def pictures(vae: VAE) -> dict[str, bytes]:
    """PNG files by name: samples.png, and for two latent dimensions plane.png.

    The samples are the decoder's means at SAMPLES draws from N(0, I), seed 0, unpicked. The plane
    is decoded where the prior's quantiles lie evenly (Kingma & Welling, 2014, figure 4). Both are
    of the weights as they are stored, in float16.
    """
    vae = copy.deepcopy(vae).cpu().half().float().eval()
    _, samples = inference.sample(vae, SAMPLES, temperature=1.0, seed=SAMPLE_SEED)
    files = {"samples.png": images.png(images.tile(samples))}
    if vae.config.latent_dim == 2:
        files["plane.png"] = images.png(images.tile(inference.decode(vae, plane())))
    return files


def plane() -> inference.Array:
    """PLANE_SIDE^2 codes (N, 2), row by row from the upper left."""
    middles = (np.arange(PLANE_SIDE) + 0.5) / PLANE_SIDE
    quantiles = np.array([NormalDist().inv_cdf(middle) for middle in middles], dtype=np.float32)
    z_1, z_2 = np.meshgrid(quantiles, quantiles[::-1])
    return np.stack([z_1.ravel(), z_2.ravel()], axis=1)
