"""Latent sliders: change one dimension of z at a time, starting from the visitor's image.

latent_sliders.js builds a row for each dimension of the selected model and requests the images.
"""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


def latent_sliders() -> gr.HTML:
    """Return a slider for each latent dimension."""
    markup = render(FOLDER / "template.html")
    return component(FOLDER / "latent_sliders.js", markup, elem_id="latent-sliders")
