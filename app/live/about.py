"""What stands above and below the tabs: what this is, after whom, trained on what."""

import gradio as gr

from app.live.component import component


def header() -> gr.HTML:
    """The title and one sentence."""
    return _about(
        """
<h1>Variational autoencoder</h1>
<p>Draw a digit: the encoder turns it into a distribution q(z|x) = N(μ, σ²), the decoder turns a
code z back into an image. Roam the codes, and new digits appear.</p>""",
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
    return component("about", f'<div class="prose">{text}</div>', elem_id=elem_id)
