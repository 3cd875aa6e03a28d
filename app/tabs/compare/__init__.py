"""The tab "Compare": the same image, samples and path for each model of a family."""

from pathlib import Path

import gradio as gr

from app.components.controls import choice
from app.components.drawing_pad import example_digits
from app.components.latent_map.figure import CLASS_COLORS, PRIOR_RADII
from app.components.panels import panels
from app.registry.ablations import Study
from app.tabs.compare import claims
from app.tabs.compare.codes import codes_panel
from app.tabs.compare.columns import results_of
from app.tabs.compare.density import density_panel
from app.tabs.compare.interpolate import interpolate_panel
from app.tabs.compare.reconstruct import reconstruct_panel
from app.tabs.compare.sample import sample_panel

SPACES = {"2": "2 dimensions", "32": "32 dimensions"}


def compare(study: Study) -> gr.HTML:
    """Return the panels for the study."""
    sentences = claims.sentences(study)
    return panels(
        Path(__file__).with_name("compare_panels.js"),
        [
            reconstruct_panel(study, results_of(sentences, "reconstruct")),
            sample_panel(study, results_of(sentences, "sample")),
            interpolate_panel(study),
            codes_panel(study, results_of(sentences, "codes")),
            density_panel(study, results_of(sentences, "density")),
        ],
        controls=choice("compared", "Codes of", SPACES, "2"),
        digits=example_digits(),
        colors=CLASS_COLORS,
        radii=PRIOR_RADII,
    )
