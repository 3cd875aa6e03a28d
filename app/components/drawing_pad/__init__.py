"""The drawing pad: a canvas of the page's own that answers while a stroke is being drawn.

Python only places it. Strokes stay vectors in the page (pad.js), and every frame of a drawing goes
into the store's `source` as 84x84 grey bytes. A picture that is dropped, pasted or chosen goes by
way of upload.js to Python and comes back prepared.
"""

import json
from pathlib import Path
from typing import Any

import gradio as gr

from app.frontend.mount import component

# Ten digits, each a list of strokes of [x, y] in 0..1.
READY_DIGITS = Path(__file__).with_name("example_digits.json")

MARKUP = """
<div class="paper">
  <canvas tabindex="0" role="img" aria-label="Drawing pad: draw with mouse, pen or finger"
  ></canvas>
  <p class="hint" aria-hidden="true"></p>
</div>
<div class="tools">
  <button type="button" class="action undo" title="Take the last stroke back (Ctrl+Z)">Undo</button>
  <button type="button" class="action clear" title="Start with an empty pad">Clear</button>
  <button type="button" class="action upload"
    title="Read a picture from a file; you can also drop or paste one">Upload</button>
  <input type="file" class="file" accept="image/*" hidden>
  <label title="Width of the brush"><span>Brush</span>
    <input type="range" class="brush" min="0.04" max="0.16" step="0.01" value="0.09"
      aria-label="Brush width"></label>
</div>
<div class="found" hidden>
  <p role="status"></p>
  <div class="others" role="group" aria-label="Other readings of the picture"></div>
</div>
<div class="ready" role="group" aria-label="Ready images to start from"></div>
"""


def pad(start: int, elem_id: str = "pad", source: str = "source") -> gr.HTML:
    """A drawing pad.

    A component that has one within it places MARKUP in a `.live-pad` and calls pad.js's `mount`.

    Args:
        start: which ready digit is shown, as an example, until the visitor draws; for a model of
            other data, which of its ready pictures.
        elem_id: of this instance; "pad" is the first one's.
        source: the key of the store that it writes: "source", "source_a" or "source_b".

    Returns:
        The component.
    """
    return component(
        Path(__file__).with_name("pad.js"),
        MARKUP,
        elem_id=elem_id,
        source=source,
        start=start,
        digits=ready_digits(),
    )


def ready_digits() -> list[Any]:
    """The strokes of the digits 0 to 9."""
    digits: list[Any] = json.loads(READY_DIGITS.read_text())
    return digits
