"""Preview images of a model, stored with its weights: samples and the decoded latent plane."""

import copy

import numpy as np

from app import images
from app.model import inference
from app.model.vae import VAE

SAMPLES = 100
SAMPLE_SEED = 0
PLANE_SIDE = 20
LEVELS = 16  # a third of the bytes of 256, with no visible difference at this size


def preview_files(vae: VAE) -> dict[str, bytes]:
    """Return PNG files by name: samples.png, and for two latent dimensions plane.png.

    The samples are the decoder's means at SAMPLES draws from N(0, I), seed 0, uncurated. The plane
    is decoded at evenly spaced quantiles of the prior (Kingma & Welling, 2014, figure 4). Both use
    the stored weights, in float16.
    """
    vae = copy.deepcopy(vae).cpu().half().float().eval()
    _, samples = inference.sample(vae, SAMPLES, temperature=1.0, seed=SAMPLE_SEED)
    files = {"samples.png": tiles(samples)}
    if vae.config.latent_dim == 2:
        files["plane.png"] = plane(vae)
    return files


def tiles(x_hat: inference.Array) -> bytes:
    """Return images (N, 28, 28) in [0, 1] as one PNG, with few gray levels to keep it small."""
    return images.png(images.tile(np.round(x_hat * (LEVELS - 1)) / (LEVELS - 1)))


def plane(vae: VAE) -> bytes:
    """Return the decoded latent plane of a model with two latent dimensions, as a PNG."""
    return tiles(inference.decode(vae, inference.prior_grid(PLANE_SIDE, PLANE_SIDE)))
