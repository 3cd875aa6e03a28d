"""The tab "Sample": controls for count, temperature and seed, and the grid of samples.

Its server function, `sample`, is in components/sampling, because other tabs call it too.
"""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render
from app.model.inference import MAX_IMAGES, MAX_SEED

FOLDER = Path(__file__).parent


def sample() -> gr.HTML:
    """Return the tab."""
    markup = render(
        FOLDER / "template.html",
        count=64,
        max_count=MAX_IMAGES,
        max_temperature=2.0,
        max_seed=MAX_SEED,
    )
    return component(FOLDER / "sample_grid.js", markup, elem_id="sample")
