"""The panel "Codes": the codes of test images by each model on one scale; codes.js draws them."""

import math
from typing import Any

import numpy as np

from app.components.latent_map.figure import initial_extent
from app.frontend.payloads import Payload, ServerFunction, finite, pack_bytes, pack_floats
from app.frontend.requests import Image, unit
from app.model import inference
from app.registry.ablations import Ablations
from app.registry.models import Model, ModelRegistry
from app.tabs.compare.figures import figures
from app.tabs.compare.models import CompareRequest, encoded_test_set, for_each_model

POINTS = 2000  # codes of test images in a scatter plot
NEAR = 2  # standard deviations of N(0, I)


class CompareImageRequest(CompareRequest):
    """A request to all compared models with an image."""

    pixels: Image


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    return {
        "count": POINTS,
        "stds": figures(ablations, lambda metrics: metrics["codes"]["std"], _stds),
        "prior_near": 1 - math.exp(-(NEAR**2) / 2),
    }


def functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the panel's server functions."""

    def compare_codes(request: CompareRequest) -> Payload:
        """Return by model the codes of test images, projected onto the plane of its map.

        points: float32, alternating x and y. labels: bytes. half: half the side of the square that
        covers nearly all codes. near: the share of all projected codes within NEAR of the origin.
        """
        return for_each_model(registry, request.latent_dim, _codes)

    def compare_positions(request: CompareImageRequest) -> Payload:
        """Return by model position, the projected code of one image."""
        x = unit(request.pixels)[None]

        def projected(model: Model) -> Payload:
            return {"position": finite(model.projection @ inference.encode(model.vae, x).mu[0])}

        return for_each_model(registry, request.latent_dim, projected)

    return [compare_codes, compare_positions]


def _codes(model: Model) -> Payload:
    codes = encoded_test_set(model)
    points = codes.mu @ model.projection.T
    # Evenly spaced, because MNIST's first 5,000 test images are cleaner than the others.
    some = np.linspace(0, len(points) - 1, min(POINTS, len(points))).astype(int)
    return {
        "points": pack_floats(points[some]),
        "labels": pack_bytes(codes.label[some].astype(np.uint8)),
        "half": initial_extent(points),
        "near": float((np.linalg.norm(points, axis=1) <= NEAR).mean()),
    }


def _stds(stds: list[float]) -> str:
    """Return the standard deviations of two axes; of more axes the smallest and the largest."""
    if len(stds) == 2:
        return " and ".join(f"{std:.2f}" for std in stds)
    return f"{min(stds):.2f} to {max(stds):.2f}"
