"""The lesson: a guided tour through the tabs in the lecture's order, between header and tabs.

It is not a tab, because each chapter acts on another one. chapters.yaml has its content. A chapter
is an address: chapters.js opens it, and share_link keeps it.
"""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render
from app.registry.models import ModelRegistry
from app.shell.lesson.chapters import figures, read_chapters
from app.tabs.how_it_works.stages import mark_symbols, split_terms

FOLDER = Path(__file__).parent


def lesson(registry: ModelRegistry) -> gr.HTML | None:
    """Return the lesson, closed; None if models that it is about are missing."""
    measured = figures(registry)
    if measured is None:
        return None
    chapters = [chapter.with_figures(measured) for chapter in read_chapters()]
    return component(
        FOLDER / "lesson.js",
        render(
            FOLDER / "template.html",
            chapters=chapters,
            mark_symbols=mark_symbols,
            split_terms=split_terms,
        ),
        elem_id="lesson",
        chapters=[
            {"key": chapter.key, "state": chapter.state.properties()} for chapter in chapters
        ],
    )
