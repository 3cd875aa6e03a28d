"""Display options of the page: presentation mode, theme, and parts that the address hides."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


def view_options() -> gr.HTML:
    """Return the buttons of the header."""
    return component(FOLDER / "view.js", render(FOLDER / "template.html"), elem_id="view")
