"""Header and footer of the page: title, introduction, lecture, sources, data set and device."""

import os
from pathlib import Path

import gradio as gr
from markupsafe import Markup

from app.components.model_info.titles import DESCRIPTIONS
from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent
INTRODUCTION = (
    "Draw an image: a neural network compresses it to a few numbers and draws it again from them. "
    "Change the numbers, and new images appear."
)


def header_markup(model: str) -> Markup:
    """Return the title, an introduction in words and in formulas, and a line on the model."""
    description = DESCRIPTIONS.get(model, "")
    return render(FOLDER / "header.html", introduction=INTRODUCTION, description=description)


def header(model: str) -> gr.HTML:
    """Return the header, whose last line is about the selected model, `model` at first."""
    markup = header_markup(model)
    return component(FOLDER / "about.js", markup, elem_id="header", descriptions=DESCRIPTIONS)


def footer(device: str) -> gr.HTML:
    """Return the source, the data set of the selected model, and the device.

    On a Space, SPACE_ID gives the address of the page's source code.
    """
    markup = render(FOLDER / "footer.html", device=device, space=os.environ.get("SPACE_ID"))
    return component(FOLDER / "about.js", markup, elem_id="footer")
