"""Preview of the interpolation: the image decoded at the current position, and a cross-fade."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


def interpolation_preview() -> gr.HTML:
    """Return the component with both images."""
    markup = render(FOLDER / "template.html")
    return component(FOLDER / "interpolation_preview.js", markup, elem_id="interpolation-preview")
