"""What the tab Compare asks of Python: each call answers for all models that stand side by side."""

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
POINTS = 2000  # codes of test images that are drawn
JUDGED = ("your image", "a sample x ~ p(x|z)", "its mean, thresholded: not a sample", "noise")
WHITE = 0.5  # pixels above it are white in a binary picture
NEAR = 2  # standard deviations of N(0, I)


class CompareRequest(Request):
    """The models of this many latent dimensions."""

    latent_dim: Whole


class CompareImageRequest(CompareRequest):
    """One image for each of them."""

    pixels: Image


class CorruptRequest(CompareImageRequest):
    """How to damage it, see app.corruption."""

    kind: str
    amount: Number
    seed: Whole


class CompareSamplesRequest(CompareRequest):
    """Samples of each; `prior`: a key of PRIORS."""

    prior: str
    count: Whole
    seed: Whole


class ComparePathsRequest(CompareRequest):
    """Paths between two images."""

    a: Image
    b: Image
    steps: Whole


class DensityRequest(Request):
    """An image, and the sample and noise of a seed; `prior`: a key of PRIORS."""

    pixels: Image
    prior: str
    seed: Whole


def compare_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """The server functions of this tab, for the bridge."""

    def members(latent_dim: int) -> dict[str, Model]:
        if latent_dim not in COMPARED_MODELS:
            raise ValueError(f"latent_dim must be 2 or 32, got {latent_dim}")
        return {name: registry[f"{FOLDER}/{name}"] for name in COMPARED_MODELS[latent_dim]}

    def of_members(request: CompareRequest, answer: Callable[[Model], Payload]) -> Payload:
        return {name: answer(model) for name, model in members(request.latent_dim).items()}

    def compare_reconstruct(request: CorruptRequest) -> Payload:
        """Return seen, the damaged image; by model image, at z = mu, and rmse to the clean one."""
        x = unit(request.pixels)[None]
        seen = corrupt(x, request.kind, request.amount, request.seed)
        restored = of_members(request, lambda model: _restored(model, seen, x))
        return {"seen": pack_images(seen), "models": restored}

    def compare_sample(request: CompareSamplesRequest) -> Payload:
        """Return by model images, from the same seed."""
        given = request.prior, request.count, request.seed
        return {
            "models": of_members(
                request, lambda model: {"images": pack_images(draw(model, *given))}
            )
        }

    def compare_interpolate(request: ComparePathsRequest) -> Payload:
        """Return by model images along the straight path between two codes, and its length."""
        inference.check_range("steps", request.steps, 2, MAX_STEPS)
        ends = unit(np.stack([request.a, request.b]))
        return {"models": of_members(request, lambda model: _way(model, ends, request.steps))}

    def compare_codes(request: CompareRequest) -> Payload:
        """Return where each model's codes of test images are, on its map's plane.

        By model points (float32, x and y by turns), labels (bytes), half (of the square that holds
        nearly all), near (the share of all codes within NEAR).
        """
        return {"models": of_members(request, _codes)}

    def compare_places(request: CompareImageRequest) -> Payload:
        """Return by model place, the code of one image on its map's plane."""
        x = unit(request.pixels)[None]

        def place(model: Model) -> Payload:
            return {"place": finite(model.projection @ inference.encode(model.vae, x).mu[0])}

        return {"models": of_members(request, place)}

    def compare_density(request: DensityRequest) -> Payload:
        """Return by model images, the three made binary, and log_p of each in nats."""
        x = unit(request.pixels)
        return {
            "models": {
                name: _judged(registry[f"{FOLDER}/{name}"], x, request.prior, request.seed)
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


def draw(model: Model, prior: str, count: int, seed: int) -> Array:
    """New pictures (count, 28, 28): codes from a prior (a key of PRIORS), decoded.

    Raises:
        ValueError: for another prior or one that was not fitted, a count or seed out of range.
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


def _judged(model: Model, x: Array, prior: str, seed: int) -> Payload:
    mean = draw(model, prior, 1, seed)  # checks the prior too
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


def _way(model: Model, ends: Array, steps: int) -> Payload:
    z_a, z_b = inference.encode(model.vae, ends).mu
    z = inference.interpolate(z_a, z_b, steps, "linear")
    images = pack_images(inference.decode(model.vae, z))
    return {"images": images, "distance": float(np.linalg.norm(z_b - z_a))}


def _codes(model: Model) -> Payload:
    codes = _measured(model)
    points = codes.mu @ model.projection.T
    # From all over the set: MNIST's first test images are neater than its last.
    some = np.linspace(0, len(points) - 1, min(POINTS, len(points))).astype(int)
    return {
        "points": pack_floats(points[some]),
        "labels": pack_bytes(codes.label[some].astype(np.uint8)),
        "half": initial_extent(points),
        "near": float((np.linalg.norm(points, axis=1) <= NEAR).mean()),
    }


def _measured(model: Model) -> EncodedTestSet:
    """The codes of test images.

    Raises:
        ValueError: the model was not measured.
    """
    if model.codes is None:
        raise ValueError(f"{model.name} has no codes: it was not measured")
    return model.codes
