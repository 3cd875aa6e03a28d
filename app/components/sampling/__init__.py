"""Samples of the prior: the server function of the tab Sample, Objective and draw_sample.js."""

from app.frontend import requests
from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import SampleRequest
from app.registry.models import ModelRegistry


def sampling_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server function, for the RPC endpoint."""

    def sample(request: SampleRequest) -> Payload:
        """Return z (B, Z), sampled from the prior, and its images."""
        z, drawn = requests.sample(registry, request)
        return {"z": z.tolist(), "images": pack_images(drawn)}

    return [sample]
