"""The tab "Compare": the same image, samples and path for each model of a family."""

from pathlib import Path

import gradio as gr

from app.components.drawing_pad import MARKUP as PAD
from app.components.latent_map.figure import CLASS_COLORS, PRIOR_RADII
from app.frontend.mount import component
from app.frontend.payloads import ServerFunction
from app.frontend.templates import render
from app.registry.ablations import COMPARED_MODELS, Ablations
from app.registry.models import ModelRegistry
from app.tabs.compare import codes, density, findings, interpolate, reconstruct, sample

FOLDER = Path(__file__).parent


def compare(ablations: Ablations) -> gr.HTML:
    """Return the tab's panels."""
    markup = render(
        FOLDER / "template.html",
        spaces=COMPARED_MODELS,
        pad_markup=PAD,
        colors=CLASS_COLORS,
        m=ablations.metrics,
        paired=ablations.paired,
        **findings.values(ablations),
        reconstruct=reconstruct.values(ablations),
        sample=sample.values(ablations),
        codes=codes.values(ablations),
        density=density.values(ablations),
    )
    return component(
        FOLDER / "compare_panels.js",
        markup,
        elem_id="compare_panels",
        colors=CLASS_COLORS,
        radii=PRIOR_RADII,
    )


def compare_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of the tab's panels."""
    panels = (reconstruct, sample, interpolate, codes, density)
    return [function for panel in panels for function in panel.functions(registry)]
