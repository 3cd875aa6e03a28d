"""Latent sliders: walk away from the visitor's digit along one dimension of z at a time.

Python only places them; latent_sliders.js builds a row for each dimension of whichever model is
chosen, and asks the server for the pictures.
"""

from pathlib import Path

import gradio as gr

from app.frontend.formula import mathml
from app.frontend.mount import component

MARKUP = f"""
<h2>Latent sliders</h2>
<p class="how">Each row moves one z<sub>i</sub> and keeps the others: the strip shows where it
leads, a click on a tile goes there. The line below the thumb is where q(z<sub>i</sub>|x) puts your
image, <span class="mu">μ</span> ± <span class="sigma">σ</span>.</p>
<div class="walk">
<div class="now">
  <canvas class="digit" role="img" aria-label="Decoded at the sliders' z"></canvas>
  <div>
    <p>{mathml('<mi>decoder</mi><mo>(</mo><mi class="z">z</mi><mo>)</mo>')}</p>
    <button type="button" class="action">Back to the image</button>
  </div>
</div>
<div class="dimensions">
  <div class="rows leading"></div>
  <details hidden><summary></summary><div class="rows others"></div></details>
  <p class="collapse" hidden>Unused dimensions show posterior collapse: whatever the image,
  q(z<sub>i</sub>|x) stays at the prior N(0, 1), so it says nothing about x, costs no KL, and the
  decoder has learned to ignore it.</p>
</div>
</div>
"""


def latent_sliders(elem_id: str = "latent-sliders", digit: str = "digit") -> gr.HTML:
    """A slider for each latent dimension, starting from the store's `digit`."""
    return component(
        Path(__file__).with_name("latent_sliders.js"), MARKUP, elem_id=elem_id, digit=digit
    )
