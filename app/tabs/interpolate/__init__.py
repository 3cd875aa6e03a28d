"""The Interpolate tab: from one picture to another through latent space."""

import gradio as gr

from app.components.drawing_pad import pad
from app.tabs.interpolate.endpoint import endpoint
from app.tabs.interpolate.filmstrip import filmstrip
from app.tabs.interpolate.path_options import path_options
from app.tabs.interpolate.walk import walk

START = {"a": 3, "b": 8}  # the ready digits that stand there first


def interpolate() -> None:
    """Lays the tab out: A, the way between and B, the film strip, and what the way is like."""
    with gr.Row(elem_classes="interpolation"):
        _end("a")
        with gr.Column(scale=5, min_width=320):
            walk()
        _end("b")
    filmstrip()
    path_options()


def _end(name: str) -> None:
    source = f"source_{name}"
    with gr.Column(scale=2, min_width=200):
        endpoint(f"interpolate-{name}", name.upper(), source)
        pad(START[name], f"interpolate-{name}-pad", source)
