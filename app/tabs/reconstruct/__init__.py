"""The tab "Reconstruct": a drawing pad, the reconstruction, and the terms of the ELBO."""

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

FIRST_DIGIT = 3  # drawn at the start, so that the page is not empty


def reconstruct(registry: ModelRegistry, model: gr.Radio) -> None:
    """Add the tab's components, and the event that puts an uploaded image on the pad.

    `model` has the name of the selected model.
    """
    with gr.Row(elem_classes="reconstruct-stage"):
        drawing = pad(FIRST_DIGIT)
        seen()
        reconstruction()
        elbo_bar()
        with gr.Accordion("Upload, paste or photograph an image", open=False):
            upload = image_input(elem_id="upload", label="Image", height=280)
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
    """Return the pad's value for an uploaded image, with and without MNIST's preprocessing.

    Clearing the upload changes nothing, because the visitor may have drawn on the pad since then.

    Raises:
        gr.Error: the image has no ink, and the model's data set is preprocessed by its ink.
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
