"""What the benchmark compares with: the same gestures through plain Gradio events.

`python -m tests.benchmarks.plain` serves two sliders and a sketchpad that update a `gr.Image`, the
way a demo is usually written; with the argument "empty", an empty page.
"""

import sys
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image

from app import images
from app.model import inference
from app.model.vae import VAE

WEIGHTS = "weights/vae-2d"


def page() -> gr.Blocks:
    """Two sliders to a decoded image, a sketchpad to its reconstruction."""
    vae = VAE.from_pretrained(WEIGHTS)

    def decode(*z: float) -> Image.Image:
        return images.tile(inference.decode(vae, np.array([z], np.float32)))

    def reconstruct(drawn: dict[str, Any]) -> Image.Image | None:
        if drawn["composite"] is None:  # as in the first event of a sketchpad
            return None
        seen = images.prepare(drawn["composite"])
        return images.tile(inference.reconstruct(vae, seen[None]).x_hat)

    with gr.Blocks(analytics_enabled=False) as blocks:
        codes = [gr.Slider(-3, 3, 0, step=0.01, label=name) for name in ("z1", "z2")]
        decoded = gr.Image(elem_id="decoded")
        pad = gr.Sketchpad(type="pil", elem_id="pad")
        reconstruction = gr.Image(elem_id="reconstruction")
        for slider in codes:
            slider.input(decode, codes, decoded, trigger_mode="always_last", queue=False)
        pad.input(reconstruct, pad, reconstruction, trigger_mode="always_last", queue=False)
    assert isinstance(blocks, gr.Blocks)
    return blocks


def empty_page() -> gr.Blocks:
    """Return an empty page, to measure Gradio itself."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        pass
    assert isinstance(blocks, gr.Blocks)
    return blocks


if __name__ == "__main__":
    torch.set_num_threads(1)
    served = empty_page() if "empty" in sys.argv[1:] else page()
    served.launch(ssr_mode=False)
