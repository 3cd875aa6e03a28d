"""A tab's ideas, one in view at a time: each a panel that opens with a sentence to look for.

panels.js starts a panel's script when it is first opened. Each has a question for a class with its
answer hidden; a teacher's switch above the panels shows the questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app.frontend.mount import component


@dataclass(frozen=True)
class Panel:
    """One idea.

    Attributes:
        key: of the panel's script in the tab's module.
        title: what the folded panel shows.
        look_for: one sentence.
        body: its markup.
        question, answer: for a class.
    """

    key: str
    title: str
    look_for: str
    body: str
    question: str
    answer: str


def panels(script: Path, items: Sequence[Panel], controls: str = "", **props: Any) -> gr.HTML:
    """Return the panels of a tab, the first one open; `script` mounts them with `props`.

    `controls` is the markup of what concerns all of them.
    """
    name = script.stem
    folded = "".join(_markup(name, panel, opened=panel is items[0]) for panel in items)
    markup = f"""
<div class="of-all-panels">{controls}
<label class="check for-teachers"><input type="checkbox" data-questions>
  <span>Questions for a class</span></label></div>
{folded}"""
    return component(script, markup, elem_id=name, **props)


def results(sentences: Sequence[str], attributes: str = "") -> str:
    """The markup of what was measured, for a panel's body; nothing where there is nothing.

    `attributes` are further ones of its element, as markup.
    """
    if not sentences:
        return ""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<div class="results"{attributes}><h3>Measured</h3><ul>{items}</ul></div>'


def _markup(name: str, panel: Panel, opened: bool) -> str:
    return f"""
<details class="panel" name="{name}" data-panel="{panel.key}"{" open" if opened else ""}>
  <summary><h2>{escape(panel.title)}</h2></summary>
  <p class="look-for">{escape(panel.look_for)}</p>
  <div class="panel-body">{panel.body}</div>
  <details class="question" hidden><summary>{escape(panel.question)}</summary>
    <p>{escape(panel.answer)}</p></details>
</details>"""
