"""The tab "Interpolate": a decoded path between two codes, and its export as GIF and PNG."""

import base64

import gradio as gr

from app import images
from app.components.drawing_pad import pad
from app.frontend import requests
from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import PathRequest
from app.model import inference
from app.registry.models import ModelRegistry
from app.tabs.interpolate.filmstrip import filmstrip
from app.tabs.interpolate.interpolation_preview import interpolation_preview
from app.tabs.interpolate.path_options import path_options
from app.tabs.interpolate.source_buttons import source_buttons

START = {"a": 3, "b": 8}  # example digits on the pads at the start


def interpolate() -> None:
    """Add the tab's components: A, the preview, B, the film strip and the path options."""
    with gr.Row(elem_classes="interpolation"):
        _endpoint("a")
        with gr.Column(scale=5, min_width=320):
            interpolation_preview()
        _endpoint("b")
    filmstrip()
    path_options()


def interpolate_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions, for the RPC endpoint."""

    def interpolate(request: PathRequest) -> Payload:
        """Return the codes z of the path, (steps, Z), and the images decoded from them."""
        path, frames = requests.interpolate(registry, request)
        return {"z": path.tolist(), "images": pack_images(frames)}

    def animate(request: PathRequest) -> Payload:
        """Return the frames of a path as two files in base64: gif, and strip, a PNG.

        Raises:
            ValueError: the number of steps is out of range.
        """
        # PathRequest allows more steps than a file may have: the page requests fine paths.
        inference.check_range("steps", request.steps, 2, inference.MAX_STEPS)
        _, frames = requests.interpolate(registry, request)
        files = {
            "gif": images.animation(frames),
            "strip": images.png(images.tile(frames, len(frames))),
        }
        return {kind: base64.b64encode(file).decode("ascii") for kind, file in files.items()}

    return [interpolate, animate]


def _endpoint(name: str) -> None:
    source = f"source_{name}"
    with gr.Column(scale=2, min_width=200):
        source_buttons(f"interpolate-{name}", name.upper(), source)
        pad(START[name], f"interpolate-{name}-pad", source)
