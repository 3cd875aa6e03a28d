"""RPC endpoint: registers every server function on one hidden component.

It is mounted with the page, before any tab, so that components of unopened tabs can call Python.
The server keeps no state between two calls; the page's store has the visitor's state.
"""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from app.frontend.assets import version
from app.frontend.mount import component
from app.frontend.payloads import ServerFunction, guarded
from app.images import NO_DIGIT
from app.registry.models import ModelRegistry

ELEM_ID = "rpc-endpoint"


def rpc_endpoint(registry: ModelRegistry, functions: Sequence[ServerFunction]) -> gr.HTML:
    """Return the hidden component that registers the server functions of all components and tabs.

    A server function takes a request, returns a payload, and raises ValueError for bad input. The
    component's props describe the scripts' version, the models that are offered for selection and
    the check for digits.
    """
    return component(
        Path(__file__).with_name("bootstrap.js"),
        "",
        elem_id=ELEM_ID,
        visible="hidden",
        version=version(),
        models=[
            {
                "name": name,
                "data": data.name,
                "digits": data.digits,
                "prepare": data.prepare,
                "card": registry.card(name).exists(),
            }
            for name, data in registry.data.items()
        ],
        digit_check={"remark": NO_DIGIT, "flagged": registry.flagged},
        server_functions=[guarded(function) for function in functions],
    )
