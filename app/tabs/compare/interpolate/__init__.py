"""The panel "Interpolate": film strips of the straight path between two codes of each model."""

import numpy as np

from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import Image, Whole, unit
from app.model import inference
from app.model.inference import Array
from app.registry.models import Model, ModelRegistry
from app.tabs.compare.models import CompareRequest, for_each_model


class ComparePathsRequest(CompareRequest):
    """Two images and the number of steps of the path between their codes."""

    a: Image
    b: Image
    steps: Whole


def functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the panel's server functions."""

    def compare_interpolate(request: ComparePathsRequest) -> Payload:
        """Return by model images on the straight path between two codes, and distance, its length.

        Raises:
            ValueError: the number of steps is out of range.
        """
        inference.check_range("steps", request.steps, 2, inference.MAX_STEPS)
        endpoints = unit(np.stack([request.a, request.b]))
        return for_each_model(
            registry, request.latent_dim, lambda model: _path(model, endpoints, request.steps)
        )

    return [compare_interpolate]


def _path(model: Model, endpoints: Array, steps: int) -> Payload:
    z_a, z_b = inference.encode(model.vae, endpoints).mu
    z = inference.interpolate(z_a, z_b, steps, "linear")
    images = pack_images(inference.decode(model.vae, z))
    return {"images": images, "distance": float(np.linalg.norm(z_b - z_a))}
