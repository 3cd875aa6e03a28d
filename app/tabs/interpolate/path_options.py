"""Options of the interpolation: method and number of steps, and export as a file."""

from pathlib import Path

import gradio as gr

from app.components.controls import choice, slider
from app.frontend.mount import component
from app.model.inference import MAX_STEPS

STEPS = 16  # the initial value in store.js


def path_options(elem_id: str = "path-options") -> gr.HTML:
    """Return the controls of store.walk, the export buttons and an explanation."""
    methods = {"linear": "Linear", "spherical": "Spherical"}
    markup = f"""
<div class="options">
  {choice("method", "Path", methods, "linear")}
  {slider("steps", "Steps", 2, MAX_STEPS, STEPS, 1)}
  <div class="actions">
    <button type="button" class="action" data-action="swap">Swap A and B</button>
    <button type="button" class="action" data-action="gif">Save GIF</button>
    <button type="button" class="action" data-action="strip">Save PNG strip</button>
  </div>
</div>
<p class="explanation" data-text="why"></p>"""
    return component(Path(__file__).with_name("path_options.js"), markup, elem_id=elem_id)
