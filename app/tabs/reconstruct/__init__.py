"""The tab "Reconstruct": a drawing pad, the reconstruction, and the terms of the ELBO."""

import gradio as gr

from app.components.drawing_pad import pad
from app.frontend.payloads import ServerFunction
from app.registry.models import ModelRegistry
from app.tabs.reconstruct.amortization import amortization_functions, amortization_gap
from app.tabs.reconstruct.blur import blur, blur_functions
from app.tabs.reconstruct.latent_sliders import latent_sliders
from app.tabs.reconstruct.reconstruction import (
    elbo_bar,
    kl_dimensions,
    model_input,
    posterior_samples,
    reconstruction,
    reconstruction_functions,
)
from app.tabs.reconstruct.small_map import small_map

FIRST_DIGIT = 3  # drawn at the start, so that the page is not empty
DETAILS = "Details: move z with sliders, see why x̂ is blurry"


def reconstruct() -> None:
    """Add the tab's components."""
    with gr.Row(elem_classes="reconstruct-stage"):
        pad(FIRST_DIGIT)
        model_input()
        reconstruction()
        elbo_bar()
        small_map()
    with gr.Accordion(DETAILS, open=False, elem_id="reconstruct-details"):
        with gr.Row(elem_classes="reconstruct-details"):
            posterior_samples()
            kl_dimensions()
        latent_sliders()
        blur()
        amortization_gap()


def reconstruct_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of the tab's components, for the RPC endpoint."""
    parts = (reconstruction_functions, amortization_functions, blur_functions)
    return [function for functions in parts for function in functions(registry)]
