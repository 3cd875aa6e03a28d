"""The panels of the tab Compare."""

import gradio as gr

from app.live.panels import Panel, panels
from app.study import Study


def compare_panels(study: Study) -> gr.HTML:
    """The panels, over the measured `study`."""
    return panels("compare_panels", [Panel("first", "First", "Look.", "<p>…</p>", "Why?", "So.")])
