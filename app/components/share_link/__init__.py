"""The button that copies a link to the visitor's state; share.js also opens such links."""

import os
from pathlib import Path

import gradio as gr

from app.frontend.mount import component


def share(elem_id: str = "share") -> gr.HTML:
    """Return the button. On a Space, links go to the Space's page, named by SPACE_ID."""
    markup = """
<button type="button" class="action" disabled
  title="A link that opens this model, seed, image, A and B">Copy link</button>"""
    return component(
        Path(__file__).with_name("share.js"),
        markup,
        elem_id=elem_id,
        space=os.environ.get("SPACE_ID"),
    )
