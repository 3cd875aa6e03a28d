"""Server functions of the tab Interpolate: a path's images, also as files."""

import base64

from app import images
from app.frontend import requests
from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import PathRequest
from app.model import inference
from app.registry.models import ModelRegistry


def interpolate_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions, for the RPC endpoint."""

    def interpolate(request: PathRequest) -> Payload:
        """Return z (steps, Z) and its images."""
        path, frames = requests.interpolate(registry, request)
        return {"z": path.tolist(), "images": pack_images(frames)}

    def animate(request: PathRequest) -> Payload:
        """Return the frames of a path as two files in base64, gif and strip (PNG)."""
        # A path of the page has more and smaller steps than a file.
        inference.check_range("steps", request.steps, 2, inference.MAX_STEPS)
        _, frames = requests.interpolate(registry, request)
        files = {
            "gif": images.animation(frames),
            "strip": images.png(images.tile(frames, len(frames))),
        }
        return {kind: base64.b64encode(file).decode("ascii") for kind, file in files.items()}

    return [interpolate, animate]
