"""Buttons that set an endpoint from the visitor's image or from a new sample."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component


def source_buttons(elem_id: str, name: str, source: str) -> gr.HTML:
    """Return the heading and the buttons above an endpoint's pad.

    Args:
        elem_id: the id of the element.
        name: the label of the endpoint.
        source: the key of the store that the buttons and the pad write.
    """
    markup = f"""
<div class="end">
  <span class="end-name">{name}</span>
  <button type="button" class="action" data-action="mine" disabled
    title="Take the image of the tab Reconstruct">My image</button>
  <button type="button" class="action" data-action="sample"
    title="Decode a new code z ~ N(0, I)">Sample</button>
</div>"""
    return component(
        Path(__file__).with_name("endpoint.js"), markup, elem_id=elem_id, source=source
    )
