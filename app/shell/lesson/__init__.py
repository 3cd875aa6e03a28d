"""The lesson: a guided tour through the tabs in the lecture's order, between header and tabs.

It is not a tab, because each chapter is about a tab that is open at the same time. The content is
in chapters.yaml. The open chapter is a part of the address: chapters.js opens it.
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
    """Return the lesson, closed; None if a model that a chapter shows is missing."""
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
