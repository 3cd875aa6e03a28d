"""Film strip of the images on a path in latent space, with a slider and a play button."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component


def filmstrip(
    elem_id: str = "filmstrip",
    key: str = "path",
    scrub_id: str = "scrub",
    ends: tuple[str, str] = ("A", "B"),
) -> gr.HTML:
    """Return the film strip of store[key], which writes a position in [0, 1] to store[key + "_at"].

    Args:
        elem_id: the id of the element.
        key: the store's key of a path {model, z, images}.
        scrub_id: the id of the slider's parent.
        ends: the labels of the first and the last image.
    """
    markup = f"""
<div class="player">
  <button type="button" class="action" data-action="play" aria-label="Play" disabled>
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path fill="currentColor"
      class="to-play" d="M3 1.5v13l11-6.5z"/><path fill="currentColor" class="to-pause"
      d="M3 2h3.5v12H3zM9.5 2H13v12H9.5z"/></svg>
  </button>
  <span>{ends[0]}</span>
  <div class="scrub" id="{scrub_id}"><input type="range" min="0" max="1" step="0.001" value="0.5"
    aria-label="Position from {ends[0]} to {ends[1]}" disabled></div>
  <span>{ends[1]}</span>
</div>
<div class="frames" role="group" aria-label="Film strip"></div>"""
    return component(
        Path(__file__).with_name("filmstrip.js"),
        markup,
        elem_id=elem_id,
        shows=key,
        ends=list(ends),
    )
