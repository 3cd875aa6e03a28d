"""The line "Try this" of each tab: chips that show an instructive state with one click."""

from pathlib import Path
from urllib.parse import urlencode

import gradio as gr
import yaml
from pydantic import BaseModel, TypeAdapter

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent


class Chip(BaseModel, frozen=True, extra="forbid"):
    """A chip of chips.yaml.

    Attributes:
        text: label of the chip.
        state: changes of the visitor's state, by their names in the address.
        press: buttons to press: the id of an element -> the name of a button in it.
    """

    text: str
    state: dict[str, str | int | float] = {}
    press: dict[str, str] = {}

    @property
    def query(self) -> str:
        """Return the state as a query string, as in the address."""
        return urlencode(self.state)


def read_chips() -> dict[str, list[Chip]]:
    """Return the chips of each tab."""
    text = (FOLDER / "chips.yaml").read_text()
    return TypeAdapter(dict[str, list[Chip]]).validate_python(yaml.safe_load(text))


def try_this(tab: str) -> gr.HTML:
    """Return the chips of a tab."""
    markup = render(FOLDER / "template.html", chips=read_chips()[tab])
    return component(FOLDER / "try_this.js", markup, elem_id=f"try-{tab.lower().replace(' ', '-')}")
