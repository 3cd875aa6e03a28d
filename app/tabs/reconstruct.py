"""The first tab: draw a picture, and see what the model makes of it while it is being drawn."""

import gradio as gr

from app.live.latent_sliders import latent_sliders
from app.live.pad import pad
from app.live.reconstruction import elbo_bar, kl_dimensions, posterior_samples, reconstruction, seen

FIRST_DIGIT = 3  # drawn by the page, so that the first view is alive


def reconstruct() -> None:
    """Lay out the tab."""
    with gr.Row(elem_classes="reconstruct-stage"):
        pad(FIRST_DIGIT)
        seen()
        reconstruction()
        elbo_bar()
    with gr.Accordion("Details", open=False, elem_id="reconstruct-details"):
        with gr.Row(elem_classes="reconstruct-details"):
            posterior_samples()
            kl_dimensions()
        latent_sliders()
