"""Header and footer of the page: title, introduction, lecture, sources, data set and device."""

import os
from pathlib import Path

import gradio as gr

from app.components.model_info.titles import DESCRIPTIONS
from app.frontend.formula import mathml
from app.frontend.mount import component

_Z = "<mi class='z'>z</mi>"
_POSTERIOR = f"<mi>q</mi><mo>(</mo>{_Z}<mo>|</mo><mi>x</mi><mo>)</mo>"
_PRIOR = "<mi>N</mi><mo>(</mo><mn>0</mn><mo>,</mo><mi>I</mi><mo>)</mo>"
_ENCODED = (
    f"{_POSTERIOR}<mo>=</mo><mi>N</mi><mo>(</mo><mi class='mu'>μ</mi><mo>,</mo>"
    "<msup class='sigma'><mi>σ</mi><mn>2</mn></msup><mo>)</mo>"
)
_ELBO = (
    "<mi>ELBO</mi><mo>=</mo><msub><mi>E</mi><mi>q</mi></msub><mo>[</mo><mi>log</mi>"
    f"<mspace width='0.15em'/><mi>p</mi><mo>(</mo><mi>x</mi><mo>|</mo>{_Z}<mo>)</mo><mo>]</mo>",
    f"<mo form='infix'>−</mo><mi>KL</mi><mo>(</mo>{_POSTERIOR}<mo>∥</mo>{_PRIOR}<mo>)</mo>",
)
PAPER = "https://arxiv.org/abs/1312.6114"
INTRODUCTION = (
    "Draw an image: a neural network compresses it to a few numbers and draws it again from them. "
    "Change the numbers, and new images appear."
)


def header() -> gr.HTML:
    """Return the title, an introduction in words and in formulas, and a line on the model."""
    return _text(
        f"""
<h1>Variational autoencoder</h1>
<p class="introduction">{INTRODUCTION}</p>
<details class="formulas"><summary>In formulas</summary>
<p>The encoder turns an image x into a distribution of codes z, {mathml(_ENCODED)}. The decoder
turns a code z into an image, p(x|z). Training maximizes {" ".join(map(mathml, _ELBO))}: the
reconstruction term minus the regularization term.</p></details>
<p class="of-model"></p>""",
        "header",
        descriptions=DESCRIPTIONS,
    )


def footer(device: str) -> gr.HTML:
    """Return the source, the data set of the selected model, and the device.

    On a Space, SPACE_ID gives the address of the page's source code.
    """
    space = os.environ.get("SPACE_ID")
    source = f"https://huggingface.co/spaces/{space}/tree/main"
    code = f'<a href="{source}" target="_blank" rel="noopener">Source code</a>, ' if space else ""
    return _text(
        f"""
<p>After the lecture <em>Variational Autoencoder</em> by M. Boschini and L. Bonicelli, University of
Modena and Reggio Emilia, 2021. <span class="trained" hidden>Trained on <span class="data"></span>;
the terms are in nats per image.</span> Running on {device}.</p>
<p>{code}<a data-document="CITATION.cff" target="_blank">how to cite</a>,
<a class="card" target="_blank" hidden>model card</a>, and the paper
<a href="{PAPER}" target="_blank" rel="noopener">Auto-Encoding Variational Bayes</a>.</p>""",
        "footer",
    )


def _text(text: str, elem_id: str, **props: object) -> gr.HTML:
    return component(
        Path(__file__).with_name("about.js"),
        f'<div class="prose">{text}</div>',
        elem_id=elem_id,
        **props,
    )
