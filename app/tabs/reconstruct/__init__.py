"""The tab "Reconstruct": a drawing pad, the reconstruction, and the terms of the ELBO."""

from pathlib import Path

import gradio as gr
from markupsafe import Markup

from app.components import drawing_pad
from app.frontend.assets import script_url
from app.frontend.mount import component
from app.frontend.payloads import ServerFunction
from app.frontend.templates import render
from app.registry.models import ModelRegistry
from app.tabs.reconstruct.amortization import amortization_functions, amortization_gap
from app.tabs.reconstruct.blur import blur, blur_functions
from app.tabs.reconstruct.latent_sliders import latent_sliders
from app.tabs.reconstruct.reconstruction import (
    kl_dimensions,
    posterior_samples,
    reconstruction_functions,
)

FOLDER = Path(__file__).parent
DETAILS = "Details: move z with sliders, see why x̂ is blurry"


def reconstruct() -> None:
    """Add the tab's components."""
    component(FOLDER / "stage.js", "", elem_id="stage")
    with gr.Accordion(DETAILS, open=False, elem_id="reconstruct-details"):
        with gr.Row(elem_classes="reconstruct-details"):
            posterior_samples()
            kl_dimensions()
        latent_sliders()
        blur()
        amortization_gap()


def stage_markup() -> Markup:
    """Return the stage, the part of the tab in the first view: pad, x, x̂, −ELBO, small map."""
    plane = script_url(FOLDER / "small_map" / "plane.js")
    return render(FOLDER / "template.html", pad=drawing_pad.MARKUP, plane=plane)


def reconstruct_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of the tab's components, for the RPC endpoint."""
    parts = (reconstruction_functions, amortization_functions, blur_functions)
    return [function for functions in parts for function in functions(registry)]
