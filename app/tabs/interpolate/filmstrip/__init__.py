"""Film strip of the images on a path in latent space, with a slider and a play button."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


def filmstrip() -> gr.HTML:
    """Return the film strip of store.path, which writes a position in [0, 1] to store.path_at."""
    markup = render(FOLDER / "template.html")
    return component(FOLDER / "filmstrip.js", markup, elem_id="filmstrip")
