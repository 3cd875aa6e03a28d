"""Server functions of the tab "Compare": each returns results of all compared models."""

from collections.abc import Callable

import numpy as np

from app.components.latent_map.figure import initial_extent
from app.frontend.payloads import (
    Payload,
    ServerFunction,
    finite,
    pack_bytes,
    pack_floats,
    pack_images,
)
from app.frontend.requests import Image, Number, Request, Whole, unit
from app.model import inference
from app.model.corruption import corrupt
from app.model.inference import Array
from app.model.quadrature import log_p_near, max_abs_of
from app.model.vae import log_prior
from app.registry.ablations import COMPARED_MODELS, FAMILY, FOLDER
from app.registry.models import EncodedTestSet, Model, ModelRegistry

STANDARD = "model"  # the name of N(0, I) in metrics.json
PRIORS = {STANDARD: "N(0, I)", "gaussian": "a fitted Gaussian", "mixture": "a fitted mixture"}
MAX_SAMPLES = 36
MAX_STEPS = 65
POINTS = 2000  # codes of test images in a scatter plot
JUDGED = ("your image", "a sample x ~ p(x|z)", "its mean, thresholded (not a sample)", "noise")
WHITE = 0.5  # threshold above which a pixel is white after binarization
NEAR = 2  # standard deviations of N(0, I)


class CompareRequest(Request):
    """A request to all compared models with this latent dimension."""

    latent_dim: Whole


class CompareImageRequest(CompareRequest):
    """The same, for one image."""

    pixels: Image


class CorruptRequest(CompareImageRequest):
    """The same, with the corruption of the image (see app.model.corruption)."""

    kind: str
    amount: Number
    seed: Whole


class CompareSamplesRequest(CompareRequest):
    """The number of samples and their seed; `prior` is a key of PRIORS."""

    prior: str
    count: Whole
    seed: Whole


class ComparePathsRequest(CompareRequest):
    """Two images and the number of steps of the path between their codes."""

    a: Image
    b: Image
    steps: Whole


class DensityRequest(Request):
    """An image, and the seed of a sample and of noise; `prior` is a key of PRIORS."""

    pixels: Image
    prior: str
    seed: Whole


def compare_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of this tab, for the RPC endpoint."""

    def models(latent_dim: int) -> dict[str, Model]:
        if latent_dim not in COMPARED_MODELS:
            raise ValueError(f"latent_dim must be 2 or 32, got {latent_dim}")
        return {name: registry[f"{FOLDER}/{name}"] for name in COMPARED_MODELS[latent_dim]}

    def for_each(request: CompareRequest, compute: Callable[[Model], Payload]) -> Payload:
        return {name: compute(model) for name, model in models(request.latent_dim).items()}

    def compare_reconstruct(request: CorruptRequest) -> Payload:
        """Return seen, the corrupted image; by model image at z = mu, and rmse to the original."""
        x = unit(request.pixels)[None]
        seen = corrupt(x, request.kind, request.amount, request.seed)
        restored = for_each(request, lambda model: _restored(model, seen, x))
        return {"seen": pack_images(seen), "models": restored}

    def compare_sample(request: CompareSamplesRequest) -> Payload:
        """Return by model images, sampled with the same seed."""
        given = request.prior, request.count, request.seed
        return {
            "models": for_each(
                request, lambda model: {"images": pack_images(sample_prior(model, *given))}
            )
        }

    def compare_interpolate(request: ComparePathsRequest) -> Payload:
        """Return by model images on the straight path between two codes, and its length."""
        inference.check_range("steps", request.steps, 2, MAX_STEPS)
        endpoints = unit(np.stack([request.a, request.b]))
        return {"models": for_each(request, lambda model: _path(model, endpoints, request.steps))}

    def compare_codes(request: CompareRequest) -> Payload:
        """Return by model the projected codes of test images.

        points: float32, alternating x and y. labels: bytes. half: half the side of the square that
        covers nearly all codes. near: the share of all codes within NEAR.
        """
        return {"models": for_each(request, _codes)}

    def compare_places(request: CompareImageRequest) -> Payload:
        """Return by model place, the projected code of one image."""
        x = unit(request.pixels)[None]

        def projected(model: Model) -> Payload:
            return {"place": finite(model.projection @ inference.encode(model.vae, x).mu[0])}

        return {"models": for_each(request, projected)}

    def compare_density(request: DensityRequest) -> Payload:
        """Return by model three binarized images, and log_p of each in nats."""
        x = unit(request.pixels)
        return {
            "models": {
                name: _densities(registry[f"{FOLDER}/{name}"], x, request.prior, request.seed)
                for name in FAMILY
            }
        }

    return [
        compare_reconstruct,
        compare_sample,
        compare_interpolate,
        compare_codes,
        compare_places,
        compare_density,
    ]


def sample_prior(model: Model, prior: str, count: int, seed: int) -> Array:
    """Return images (count, 28, 28), decoded from codes of a prior (a key of PRIORS).

    Raises:
        ValueError: the prior is unknown or was not fitted, or the count or seed is out of range.
    """
    inference.check_range("count", count, 1, MAX_SAMPLES)
    if prior == STANDARD:
        return inference.sample(model.vae, count, 1.0, seed)[1]
    if prior not in PRIORS:
        raise ValueError(f"prior must be one of {', '.join(PRIORS)}, got {prior!r:.40}")
    if prior not in model.priors:
        raise ValueError(f"{model.name} has no prior of this kind: {PRIORS[prior]}")
    z = model.priors[prior].sample(count, inference.generator(seed))
    return inference.decode(model.vae, z)


def _densities(model: Model, x: Array, prior: str, seed: int) -> Payload:
    mean = sample_prior(model, prior, 1, seed)  # checks the prior too
    sampled = inference.draw_pixels(model.vae, mean, seed)[0]
    noise = corrupt(x[None], "noise", 1.0, seed)[0]
    binary = (np.stack([x, sampled, mean[0], noise]) > WHITE).astype(np.float32)
    density = log_prior if prior == STANDARD else model.priors[prior].log_density
    images = inference.to_images(model.vae, binary)
    found = log_p_near(model.vae, images, [density], max_abs_of(_measured(model).mu))
    return {"images": pack_images(binary), "log_p": finite(inference.to_array(found[0]))}


def _restored(model: Model, seen: Array, x: Array) -> Payload:
    x_hat = inference.decode(model.vae, inference.encode(model.vae, seen).mu)
    return {"image": pack_images(x_hat), "rmse": float(inference.rmse(x_hat, x)[0])}


def _path(model: Model, endpoints: Array, steps: int) -> Payload:
    z_a, z_b = inference.encode(model.vae, endpoints).mu
    z = inference.interpolate(z_a, z_b, steps, "linear")
    images = pack_images(inference.decode(model.vae, z))
    return {"images": images, "distance": float(np.linalg.norm(z_b - z_a))}


def _codes(model: Model) -> Payload:
    codes = _measured(model)
    points = codes.mu @ model.projection.T
    # Evenly spaced, because MNIST's first 5,000 test images are cleaner than the others.
    some = np.linspace(0, len(points) - 1, min(POINTS, len(points))).astype(int)
    return {
        "points": pack_floats(points[some]),
        "labels": pack_bytes(codes.label[some].astype(np.uint8)),
        "half": initial_extent(points),
        "near": float((np.linalg.norm(points, axis=1) <= NEAR).mean()),
    }


def _measured(model: Model) -> EncodedTestSet:
    """Return the encoded test set of a model.

    Raises:
        ValueError: the model has no encoded test set.
    """
    if model.codes is None:
        raise ValueError(f"{model.name} has no codes of test images: evaluate it first")
    return model.codes
