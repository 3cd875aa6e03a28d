"""The button that copies a link to the visitor's state; share.js also opens such links."""

import os
from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


def share() -> gr.HTML:
    """Return the button. On a Space, links go to the Space's page, named by SPACE_ID."""
    return component(
        FOLDER / "share.js",
        render(FOLDER / "template.html"),
        elem_id="share",
        space=os.environ.get("SPACE_ID"),
    )
