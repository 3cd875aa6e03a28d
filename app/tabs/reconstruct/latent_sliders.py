"""Latent sliders: change one dimension of z at a time, starting from the visitor's image.

latent_sliders.js builds a row for each dimension of the selected model and requests the images.
"""

from pathlib import Path

import gradio as gr

from app.frontend.formula import mathml
from app.frontend.mount import component

MARKUP = f"""
<h2>Latent sliders</h2>
<p class="how">Each row changes one z<sub>i</sub> and keeps the others. The strip shows the decoded
images; click one to use its z<sub>i</sub>. The line below the thumb is q(z<sub>i</sub>|x) of your
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
  <p class="collapse" hidden>In an unused (inactive) dimension q(z<sub>i</sub>|x) = N(0, 1) for
  every image: it carries nothing about x and costs no KL. If this happens to all dimensions it is
  called posterior collapse.</p>
</div>
</div>
"""


def latent_sliders(elem_id: str = "latent-sliders", digit: str = "digit") -> gr.HTML:
    """Return a slider for each latent dimension, starting from the store's encoding `digit`."""
    return component(
        Path(__file__).with_name("latent_sliders.js"), MARKUP, elem_id=elem_id, digit=digit
    )
