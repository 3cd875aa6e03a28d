"""The button that copies a link to what the visitor sees; share.js opens such links too."""

import os
from pathlib import Path

import gradio as gr

from app.frontend.mount import component


def share(elem_id: str = "share") -> gr.HTML:
    """The button. On a Space the environment names the page around this one, to link to."""
    markup = """
<button type="button" class="action" disabled
  title="A link that opens this model, seed, image, A and B">Copy link</button>"""
    return component(
        Path(__file__).with_name("share.js"),
        markup,
        elem_id=elem_id,
        space=os.environ.get("SPACE_ID"),
    )
