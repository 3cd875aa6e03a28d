"""Components that show the encoding of the visitor's image; reconstruction.js updates them.

Always visible: the model input x, the decoder's mean at z = mu, and -ELBO as a stacked bar. Under
"Details": reconstructions at samples of q(z|x), and the KL of each latent dimension. Each component
takes the store's key of the encoding ("digit", "a" or "b").
"""

from pathlib import Path

import gradio as gr

from app.frontend.formula import mathml
from app.frontend.mount import component

_X = "<mi>x</mi>"
_X_HAT = "<mover accent='true'><mi>x</mi><mo>^</mo></mover>"
_DECODED = (
    f"{_X_HAT}<mrow class='made'><mo>=</mo><mi>decoder</mi><mo>(</mo><mi class='mu'>μ</mi>"
    "<mo>)</mo></mrow>"
)
_POSTERIOR = "<mi>q</mi><mo>(</mo><mi class='z'>z</mi><mo>|</mo><mi>x</mi><mo>)</mo>"
_ELBO = (  # two parts, with a line break between them on a narrow page
    "<mo>−</mo><mi>ELBO</mi><mo>=</mo>"
    "<mrow class='reconstruction'><mo>−</mo><msub><mi>E</mi><mi>q</mi></msub><mo>[</mo>"
    "<mi>log</mi><mspace width='0.15em'/><mi>p</mi><mo>(</mo><mi>x</mi><mo>|</mo>"
    "<mi class='z'>z</mi><mo>)</mo><mo>]</mo></mrow>",
    f"<mo form='infix'>+</mo><mrow class='kl'><mi>KL</mi><mo>(</mo>{_POSTERIOR}<mo>∥</mo>"
    "<mi>N</mi><mo>(</mo><mn>0</mn><mo>,</mo><mi>I</mi><mo>)</mo><mo>)</mo></mrow>",
)


SEEN = f"""
<figure>
  <figcaption>{mathml(_X)} <span>what the model sees</span></figcaption>
  <canvas class="digit waiting" role="img" aria-label="What the model sees"></canvas>
</figure>
<div data-prepare="ink">
<label class="prepare"><input type="checkbox" checked> prepare as MNIST</label>
<p class="why">Cropped to the ink, scaled to 20 pixels and centered, like the training digits.</p>
</div>
<p class="why" data-prepare="resize" hidden>Only resized, like the training images.</p>
"""
RECONSTRUCTION = f"""
<figure>
  <figcaption>{mathml(_DECODED)}
    <span>reconstruction</span></figcaption>
  <canvas class="digit waiting" role="img" aria-label="Reconstruction at z = μ"></canvas>
</figure>
"""
ELBO = f"""
<p class="sum">Waiting for the model …</p>
<p class="spoken" role="status"></p>
<div class="bar"><div class="part reconstruction"></div><div class="part kl"></div></div>
<div class="scale"><span class="low"></span><span class="high"></span></div>
<div class="mean"><span></span>
  <div class="bar"><div class="part reconstruction"></div><div class="part kl"></div></div></div>
<p class="formula">{" ".join(map(mathml, _ELBO))}</p>
"""
SAMPLES = f"""
<div class="heading">
  <h2>Reconstructions at {mathml(f'<mi class="z">z</mi><mo>∼</mo>{_POSTERIOR}')}</h2>
  <button type="button" class="action">Resample {mathml('<mi class="epsilon">ε</mi>')}</button>
</div>
<div class="tiles"></div>
"""
KL = f"""
<div class="heading"><h2>{mathml("<mi class='kl'>KL</mi>")} per latent dimension</h2></div>
<div class="columns" role="img"></div>
<p class="note"></p>
<p class="standing"></p>
"""


def seen(elem_id: str = "seen", digit: str = "digit", source: str = "source") -> gr.HTML:
    """Return the model input, 28x28, with the switch for MNIST's preprocessing if it applies."""
    return _part("seen", SEEN, elem_id, digit, source=source)


def reconstruction(elem_id: str = "reconstruction", digit: str = "digit") -> gr.HTML:
    """Return the reconstruction, the decoder's mean at z = mu."""
    return _part("reconstruction", RECONSTRUCTION, elem_id, digit)


def elbo_bar(elem_id: str = "elbo", digit: str = "digit") -> gr.HTML:
    """Return -ELBO = reconstruction + KL in nats, as a bar and as numbers."""
    return _part("elbo", ELBO, elem_id, digit)


def posterior_samples(elem_id: str = "posterior-samples", digit: str = "digit") -> gr.HTML:
    """Return eight reconstructions at z ~ q(z|x), and a button that resamples them."""
    return _part("samples", SAMPLES, elem_id, digit)


def kl_dimensions(elem_id: str = "kl-dimensions", digit: str = "digit") -> gr.HTML:
    """Return the KL per latent dimension, and the percentile of -ELBO among the test images."""
    return _part("kl", KL, elem_id, digit)


def _part(part: str, markup: str, elem_id: str, digit: str, **props: str) -> gr.HTML:
    return component(
        Path(__file__).with_name("reconstruction.js"),
        markup,
        elem_id=elem_id,
        part=part,
        digit=digit,
        **props,
    )
