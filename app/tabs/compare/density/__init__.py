"""The panel "A model of P(X)": log p(x) of images, and distances of samples to training images."""

from functools import partial
from typing import Any

import numpy as np

from app.frontend.payloads import Payload, ServerFunction, finite, pack_images
from app.frontend.requests import Image, Request, Whole, unit
from app.frontend.templates import decimals
from app.model import inference
from app.model.corruption import corrupt
from app.model.inference import Array
from app.model.quadrature import log_p_near, max_abs_of
from app.model.vae import log_prior
from app.registry.ablations import FAMILY, Ablations
from app.registry.models import Model, ModelRegistry
from app.tabs.compare.figures import Figure, figures
from app.tabs.compare.findings import NLL, nll
from app.tabs.compare.models import encoded_test_set, for_each_model
from app.tabs.compare.sample import PRIORS, STANDARD, sample_prior

SPACES = {2: FAMILY}
IMAGES = ("your image", "a sample x ~ p(x|z)", "its mean, thresholded (not a sample)", "noise")
WHITE = 0.5  # threshold above which a pixel is white after binarization


class DensityRequest(Request):
    """An image, and the seed of a sample and of noise; `prior` is a key of PRIORS."""

    pixels: Image
    prior: str
    seed: Whole


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    nearest = {
        name: {
            "samples": ablations.metrics[name]["samples"][STANDARD]["nearest_rmse"],
            "test images": ablations.metrics[name]["samples"]["test_images"]["nearest_rmse"],
        }
        for name in FAMILY
    }
    return {
        "spaces": SPACES,
        "priors": {prior: PRIORS[prior] for prior in NLL},
        "standard": STANDARD,
        "images": IMAGES,
        "log_p": {prior: _log_p(ablations, prior) for prior in NLL},
        "nearest": nearest,  # quantiles by the share below, with the keys of metrics.json
        "most": max(rmse["0.99"] for pair in nearest.values() for rmse in pair.values()),
    }


def functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the panel's server functions."""

    def compare_density(request: DensityRequest) -> Payload:
        """Return by model the four binarized images of IMAGES, and log_p of each in nats."""
        x = unit(request.pixels)
        [latent_dim] = SPACES
        return for_each_model(
            registry, latent_dim, lambda model: _densities(model, x, request.prior, request.seed)
        )

    return [compare_density]


def _densities(model: Model, x: Array, prior: str, seed: int) -> Payload:
    mean = sample_prior(model, prior, 1, seed)  # raises for an unknown prior
    sampled = inference.draw_pixels(model.vae, mean, seed)[0]
    noise = corrupt(x[None], "noise", 1.0, seed)[0]
    binary = (np.stack([x, sampled, mean[0], noise]) > WHITE).astype(np.float32)
    density = log_prior if prior == STANDARD else model.priors[prior].log_density
    images = inference.to_images(model.vae, binary)
    found = log_p_near(model.vae, images, [density], max_abs_of(encoded_test_set(model).mu))
    return {"images": pack_images(binary), "log_p": finite(inference.to_array(found[0]))}


def _log_p(ablations: Ablations, prior: str) -> dict[str, Figure]:
    """Return each model's mean log p(x) of the test images; the largest is marked as the best."""
    text = partial(decimals, count=0)
    return figures(ablations, lambda metrics: -nll(metrics, prior), text, max, SPACES)
