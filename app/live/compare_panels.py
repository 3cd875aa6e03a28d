"""The tab Compare: the same picture, code and path through each of the family, panel by panel."""

import gradio as gr

from app import claims_compare
from app.live.compare_codes import codes_panel
from app.live.compare_columns import results_of
from app.live.compare_density import density_panel
from app.live.compare_interpolate import interpolate_panel
from app.live.compare_reconstruct import reconstruct_panel
from app.live.compare_sample import sample_panel
from app.live.controls import choice
from app.live.pad import ready_digits
from app.live.panels import panels
from app.plots import CLASS_COLOURS, PRIOR_RADII
from app.study import Study

SPACES = {"2": "2 dimensions", "32": "32 dimensions"}


def compare_panels(study: Study) -> gr.HTML:
    """The panels, over the measured `study`."""
    sentences = claims_compare.sentences(study)
    return panels(
        "compare_panels",
        [
            reconstruct_panel(study, results_of(sentences, "reconstruct")),
            sample_panel(study, results_of(sentences, "sample")),
            interpolate_panel(study),
            codes_panel(study, results_of(sentences, "codes")),
            density_panel(study, results_of(sentences, "density")),
        ],
        controls=choice("compared", "Codes of", SPACES, "2"),
        digits=ready_digits(),
        colours=CLASS_COLOURS,
        radii=PRIOR_RADII,
    )
