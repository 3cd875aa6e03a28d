"""The first tab: draw a picture, and see what the model makes of it while it is being drawn."""

from functools import partial
from typing import Any

import gradio as gr
from PIL import Image

from app import images
from app.components.drawing_pad import pad, picture
from app.components.image_upload import image_input
from app.registry.models import ModelRegistry
from app.tabs.reconstruct.amortization import amortization_gap
from app.tabs.reconstruct.latent_sliders import latent_sliders
from app.tabs.reconstruct.reconstruction import (
    elbo_bar,
    kl_dimensions,
    posterior_samples,
    reconstruction,
    seen,
)

FIRST_DIGIT = 3  # drawn by the page, so that the first view is alive


def reconstruct(registry: ModelRegistry, model: gr.Radio) -> None:
    """The tab's layout, and the event that brings an uploaded picture onto the pad.

    `model` is the page's choice among the registry's.
    """
    with gr.Row(elem_classes="reconstruct-stage"):
        drawing = pad(FIRST_DIGIT)
        seen()
        reconstruction()
        elbo_bar()
        with gr.Accordion("Upload, paste or photograph a picture", open=False):
            upload = image_input(elem_id="upload", label="Picture", height=280)
    with gr.Accordion("Details", open=False, elem_id="reconstruct-details"):
        with gr.Row(elem_classes="reconstruct-details"):
            posterior_samples()
            kl_dimensions()
        latent_sliders()
        amortization_gap()
    upload.input(
        partial(on_pad, registry),
        [upload, model],
        drawing,
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="always_last",
    )


def on_pad(registry: ModelRegistry, image: Image.Image | None, model: str) -> Any:
    """The pad's value for an uploaded picture, in both versions that the switch chooses from.

    Clearing the upload changes nothing: the visitor may have drawn since. A picture without ink is
    none for a model whose data were prepared by their ink.
    """
    if image is None:
        return gr.skip()
    try:
        prepared = images.prepare(image, registry.typicality)
    except ValueError as error:
        if registry[model].data.prepare == "ink":
            raise gr.Error(str(error), print_exception=False) from error
        prepared = None
    return picture(prepared, images.resize_raw(image))
