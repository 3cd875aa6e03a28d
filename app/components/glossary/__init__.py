"""The glossary: terms on the page whose meaning a popover shows.

A template marks a term with the macro `term` of macros.html. The meanings are in glossary.yaml.
"""

from pathlib import Path

import gradio as gr
import yaml
from pydantic import BaseModel, TypeAdapter

from app.frontend.templates import render

FOLDER = Path(__file__).parent


class Entry(BaseModel, frozen=True, extra="forbid"):
    """A term and its meaning in one or two plain sentences."""

    term: str
    meaning: str


def read_glossary() -> dict[str, Entry]:
    """Return the entries by key."""
    text = (FOLDER / "glossary.yaml").read_text()
    return TypeAdapter(dict[str, Entry]).validate_python(yaml.safe_load(text))


def glossary() -> gr.HTML:
    """Return the popovers of all terms, for a place that is always visible."""
    markup = render(FOLDER / "template.html", entries=read_glossary())
    return gr.HTML(markup, elem_id="glossary", apply_default_css=False)
