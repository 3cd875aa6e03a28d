"""One end of an interpolation: what else than a drawing may become it."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component


def endpoint(elem_id: str, name: str, source: str) -> gr.HTML:
    """The heading and the buttons that stand above the end's pad.

    Args:
        elem_id: the instance's id.
        name: what the page calls this end.
        source: the key of the store that it writes, as the pad below it does.
    """
    markup = f"""
<div class="end">
  <span class="end-name">{name}</span>
  <button type="button" class="action" data-action="mine" disabled
    title="Take the image of the tab Reconstruct">My image</button>
  <button type="button" class="action" data-action="sample"
    title="Decode a new code z ~ N(0, I)">Sample</button>
</div>"""
    return component(
        Path(__file__).with_name("endpoint.js"), markup, elem_id=elem_id, source=source
    )
