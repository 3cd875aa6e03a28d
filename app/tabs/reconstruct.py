"""The first tab: draw a digit, and see what the model makes of it while it is being drawn."""

from typing import Any

import gradio as gr
from PIL import Image

from app import images
from app.live.image_input import image_input
from app.live.latent_sliders import latent_sliders
from app.live.pad import pad, picture
from app.live.reconstruction import elbo_bar, kl_dimensions, posterior_samples, reconstruction, seen

FIRST_DIGIT = 3  # drawn by the page, so that the first view is alive


def reconstruct() -> None:
    """The tab's layout, and the event that brings an uploaded picture onto the pad."""
    with gr.Row(elem_classes="reconstruct-stage"):
        drawing = pad(start=FIRST_DIGIT)
        seen()
        reconstruction()
        elbo_bar()
        with gr.Accordion("Upload, paste or photograph a digit", open=False):
            upload = image_input(elem_id="upload", label="Picture of a digit", height=280)
    with gr.Accordion("Details", open=False, elem_id="reconstruct-details"):
        with gr.Row(elem_classes="reconstruct-details"):
            posterior_samples()
            kl_dimensions()
        latent_sliders()
    upload.input(
        on_pad,
        upload,
        drawing,
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="always_last",
    )


def on_pad(image: Image.Image | None) -> Any:
    """The pad's value for an uploaded picture, in both versions that the switch chooses from.

    Clearing the upload changes nothing: the visitor may have drawn since.
    """
    if image is None:
        return gr.skip()
    try:
        return picture(images.prepare(image), images.resize_raw(image))
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error
