"""The small map: the visitor's posterior among the test codes of a 2-D model, next to the drawing.

small_map.js is mounted with the page. It loads plane.js and the points after the first encoding, so
that they do not delay it.
"""

from pathlib import Path

import gradio as gr

from app.frontend.assets import script_url
from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


def small_map() -> gr.HTML:
    """Return the small map, hidden for a model whose latent space is not a plane."""
    markup = render(FOLDER / "template.html")
    return component(
        FOLDER / "small_map.js",
        markup,
        elem_id="small-map",
        plane=script_url(FOLDER / "plane.js"),
    )
