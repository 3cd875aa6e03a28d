"""Options of the interpolation: method and number of steps, and export as a file."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render
from app.model.inference import MAX_STEPS, STEPS

FOLDER = Path(__file__).parent


def path_options() -> gr.HTML:
    """Return the controls of store.path_options, the export buttons and an explanation."""
    markup = render(FOLDER / "template.html", steps=STEPS, max_steps=MAX_STEPS)
    return component(FOLDER / "path_options.js", markup, elem_id="path-options")
