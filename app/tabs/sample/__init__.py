"""The tab "Sample": controls for count, temperature and seed, and the grid of samples."""

from pathlib import Path

import gradio as gr

from app.components.controls import slider
from app.components.tile_grid import tile_grid
from app.frontend.mount import component
from app.model.inference import MAX_IMAGES, MAX_SEED

COUNT = 64
MAX_SLIDER_TEMPERATURE = 2.0


def sample(elem_id: str = "sample") -> gr.HTML:
    """Return the Sample tab; `#ELEM_ID-grid` has the canvas, `#ELEM_ID-button` resamples."""
    markup = f"""
<div class="layout">
<div class="controls">
  {slider("count", "Count", 1, MAX_IMAGES, COUNT, 1)}
  {slider("temperature", "Temperature T", 0, MAX_SLIDER_TEMPERATURE, 1, 0.05)}
  <div class="field" data-field="seed">
    <span class="field-name">Seed</span>
    <input type="number" inputmode="numeric" aria-label="Seed" min="0" max="{MAX_SEED}" step="1"
      value="0">
  </div>
  <button type="button" class="action primary" id="{elem_id}-button">Resample</button>
  <label class="check"><input type="checkbox" data-field="pixels">
    <span>Draw pixels x ~ p(x|z)</span></label>
  <button type="button" class="action" data-action="save">Save PNG</button>
</div>
<p class="explanation"><span class="formula">z = T·ε</span> with ε ~ N(0, I), the prior. Each tile
  shows <span data-text="shown"></span>. <span data-text="temperature"></span></p>
<div class="view">
  {tile_grid(f"{elem_id}-grid")}
</div>
</div>"""
    return component(Path(__file__).with_name("sample_grid.js"), markup, elem_id=elem_id)
