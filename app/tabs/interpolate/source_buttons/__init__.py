"""Buttons that set an endpoint from the visitor's image or from a new sample."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


def source_buttons(elem_id: str, name: str, source: str) -> gr.HTML:
    """Return the heading and the buttons above an endpoint's pad.

    Args:
        elem_id: the id of the element.
        name: the label of the endpoint.
        source: the key of the store that the buttons and the pad write.
    """
    markup = render(FOLDER / "template.html", name=name)
    return component(FOLDER / "source_buttons.js", markup, elem_id=elem_id, source=source)
