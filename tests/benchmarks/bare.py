"""What `crowds` compares with: the app's API endpoints and server function in bare Gradio.

They take and return the same kinds of values and compute nothing.
"""

from typing import Any

import gradio as gr
from PIL import Image

from app.frontend.rpc_endpoint import ELEM_ID

TILE = Image.new("L", (28, 28))
TERMS = {"mu": [0.0] * 32, "std": [1.0] * 32, "kl_nats": [0.0] * 32}


def page() -> gr.Blocks:
    """Return a page with three endpoints and one server function."""

    def encode(payload: dict[str, Any]) -> dict[str, Any]:
        return {"model": payload["model"], "x_hat": payload["pixels"]}

    with gr.Blocks(analytics_enabled=False) as blocks:
        image, model, z = gr.Image(type="pil"), gr.Textbox("vae-2d"), gr.JSON()
        numbers = [gr.Number(0), gr.Number(0), gr.Number(0)]
        prepare = gr.Checkbox(True)
        seen, x_hat, terms = gr.Image(format="png"), gr.Image(format="png"), gr.JSON()
        trigger = gr.Button()
        trigger.click(
            lambda *_: (TILE, TILE, TERMS),
            [image, model, numbers[0], prepare],
            [seen, x_hat, terms],
            api_name="reconstruct",
        )
        trigger.click(lambda *_: TILE, [model, *numbers], seen, api_name="sample")
        trigger.click(lambda *_: TILE, [z, model], seen, api_name="decode")
        gr.HTML("", elem_id=ELEM_ID, server_functions=[encode])
    assert isinstance(blocks, gr.Blocks)
    return blocks


if __name__ == "__main__":
    served = page().queue(max_size=64, default_concurrency_limit=2)
    served.launch(ssr_mode=False, state_session_capacity=100)
