"""The tab "Interpolate": a path between two codes, decoded."""

import gradio as gr

from app.components.drawing_pad import pad
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


def _endpoint(name: str) -> None:
    source = f"source_{name}"
    with gr.Column(scale=2, min_width=200):
        source_buttons(f"interpolate-{name}", name.upper(), source)
        pad(START[name], f"interpolate-{name}-pad", source)
