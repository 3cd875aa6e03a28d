"""RPC endpoint: registers every server function on one hidden component.

The page's configuration contains the component's id, with which rpc.js calls the functions. The
server keeps no state between two calls; the visitor's state is in the page's store.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.frontend.assets import version
from app.frontend.payloads import ServerFunction, guarded
from app.images import NO_DIGIT
from app.registry.models import ModelRegistry

ELEM_ID = "rpc-endpoint"


def rpc_endpoint(functions: Sequence[ServerFunction]) -> None:
    """Add the hidden component that registers the server functions of all components and tabs.

    A server function takes a request, returns a payload, and raises ValueError for bad input.
    """
    with gr.Column(visible=False):
        gr.HTML(elem_id=ELEM_ID, server_functions=[guarded(function) for function in functions])


def boot_props(registry: ModelRegistry) -> dict[str, Any]:
    """Return the props of bootstrap.js.

    They describe the scripts' version, the models that are offered for selection and the check for
    digits.
    """
    return {
        "version": version(),
        "models": [
            {
                "name": name,
                "data": data.name,
                "digits": data.digits,
                "prepare": data.prepare,
                "card": registry.card(name).exists(),
            }
            for name, data in registry.data.items()
        ],
        "digit_check": {"remark": NO_DIGIT, "flagged": registry.flagged},
    }
