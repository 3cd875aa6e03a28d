"""The panels of the tab Objective."""

import gradio as gr

from app.live.panels import Panel, panels
from app.study import Study


def objective_panels(study: Study) -> gr.HTML:
    """The panels, over the measured `study`."""
    return panels("objective_panels", [Panel("first", "First", "Look.", "<p>…</p>", "Why?", "So.")])
