"""The decoder of a small model as one file for the page, which then decodes without the server.

The file is in the safetensors format: the tensors in float16, and in its metadata the network as a
list of layers, so that page_decoder.js knows operations and no architecture:

    ["linear", name], ["norm", name, eps], ["silu"], ["residual", [layers]]

It is made from the loaded weights when it is first asked for; there is no second copy on disk.
"""

import hashlib
import json
from functools import cache
from typing import Any
from urllib.parse import quote

from safetensors.torch import save
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import nn

from app.frontend.assets import FOREVER
from app.model.vae import VAE, Residual
from app.registry.models import Model, ModelRegistry

MAX_BYTES = 2_000_000
LATENT_DIM = 2  # a map of more dimensions is a plane through them, and larger nets make those


def address(model: Model) -> str | None:
    """Where the page finds a model's decoder, below its root; None if it is not for the page."""
    file = decoder_file(model.vae)
    if file is None:
        return None
    return f"/decoder/{quote(model.name)}.safetensors?{hashlib.sha256(file).hexdigest()[:16]}"


def route(registry: ModelRegistry) -> Route:
    """The server's answer to such an address."""

    def answer(request: Request) -> Response:
        try:
            file = decoder_file(registry[request.path_params["name"]].vae)
        except ValueError as error:
            return Response(str(error), 404, media_type="text/plain")
        if file is None:
            return Response("this model decodes on the server", 404, media_type="text/plain")
        return Response(file, media_type="application/octet-stream", headers=FOREVER)

    return Route("/decoder/{name:path}.safetensors", answer)


@cache  # a handful of models, whose weights never change
def decoder_file(vae: VAE) -> bytes | None:
    """The file's bytes; None for a decoder that is no MLP from the plane, or too large."""
    if vae.config.architecture != "mlp" or vae.config.latent_dim != LATENT_DIM:
        return None
    tensors = {name: tensor.half().cpu() for name, tensor in vae.decoder.state_dict().items()}
    file: bytes = save(tensors, {"layers": json.dumps(_layers(vae.decoder))})
    return file if len(file) <= MAX_BYTES else None


def _layers(network: nn.Module, prefix: str = "") -> list[list[Any]]:
    """A network of these layers, as the file describes it."""
    layers: list[list[Any]] = []
    for name, module in network.named_children():
        match module:
            case nn.Linear():
                layers.append(["linear", prefix + name])
            case nn.LayerNorm():
                layers.append(["norm", prefix + name, module.eps])
            case nn.SiLU():
                layers.append(["silu"])
            case Residual():
                layers.append(["residual", _layers(module.layers, f"{prefix}{name}.layers.")])
            case nn.Unflatten():
                pass  # the page's pictures are rows of 784
            case _:
                raise TypeError(f"the page knows no layer {type(module).__name__}")
    return layers
