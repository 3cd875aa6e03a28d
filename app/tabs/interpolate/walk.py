"""Preview of the interpolation: the image decoded at the current position, and a cross-fade."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component


def interpolation_preview(elem_id: str = "walk") -> gr.HTML:
    """Return both images; `#ELEM_ID-decoded` and `#ELEM_ID-fade` have their canvases."""
    markup = f"""
<div class="pictures">
  <figure id="{elem_id}-decoded">
    <figcaption>Decoded at z(t) <span data-text="position"></span></figcaption>
    <canvas class="digit" aria-label="Decoded image"></canvas></figure>
  <figure id="{elem_id}-fade">
    <figcaption>Cross-fade of pixels</figcaption>
    <canvas class="digit" aria-label="Pixel cross-fade"></canvas></figure>
</div>"""
    return component(Path(__file__).with_name("walk.js"), markup, elem_id=elem_id)
