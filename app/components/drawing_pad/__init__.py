"""The drawing pad: strokes as vectors on a canvas, undo, uploads and example images.

pad.js writes the drawing as 84x84 gray bytes to the store, once a frame. An image that is dropped,
pasted or selected is sent to Python by upload.js, which returns it preprocessed.
"""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.templates import render

FOLDER = Path(__file__).parent
# For panels, which put it into an element of class live-pad and call `mount` of pad.js.
MARKUP = render(FOLDER / "template.html")


def pad(start: int, elem_id: str = "pad", source: str = "source") -> gr.HTML:
    """Return a drawing pad.

    Args:
        start: the index of the example that is shown until the visitor draws.
        elem_id: the id of the element.
        source: the key of the store that the pad writes: "source", "source_a" or "source_b".
    """
    return component(
        FOLDER / "pad.js",
        MARKUP,
        elem_id=elem_id,
        source=source,
        start=start,
    )
