"""What stands above and below the tabs: what this is, after whom, trained on what."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component


def header() -> gr.HTML:
    """The title and one sentence."""
    return _about(
        """
<h1>Variational autoencoder</h1>
<p>Draw an image: the encoder turns it into a distribution q(z|x) = N(μ, σ²), the decoder turns a
code z back into an image. Explore the latent space and watch new images appear.</p>""",
        "header",
    )


def footer(device: str) -> gr.HTML:
    """The source, the data of the chosen model, and where it runs."""
    return _about(
        f"""
<p>After the lecture <em>Variational Autoencoder</em> by M. Boschini and L. Bonicelli, University of
Modena and Reggio Emilia, 2021. <span class="trained" hidden>Trained on <span class="data"></span>;
the terms are in nats per image.</span> Running on {device}.</p>""",
        "footer",
    )


def _about(text: str, elem_id: str) -> gr.HTML:
    return component(
        Path(__file__).with_name("about.js"), f'<div class="prose">{text}</div>', elem_id=elem_id
    )
