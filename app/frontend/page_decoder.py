"""Export of a small decoder as one file, with which the page decodes without the server.

The file is in the safetensors format: the tensors in float16 and, in its metadata, the network as a
list of layers, so that mlp_decoder.js implements layers and no architecture:

    ["linear", name], ["norm", name, eps], ["silu"], ["residual", [layers]]

It is created from the loaded weights at the first request; there is no second copy on disk.
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
LATENT_DIM = 2  # decoders of more dimensions are larger, and the map decodes them on the server


def address(model: Model) -> str | None:
    """Return the URL path of a model's decoder file; None if the server decodes for this model."""
    file = decoder_file(model.vae)
    if file is None:
        return None
    return f"/decoder/{quote(model.name)}.safetensors?{hashlib.sha256(file).hexdigest()[:16]}"


def route(registry: ModelRegistry) -> Route:
    """Return the route that serves decoder files."""

    def respond(request: Request) -> Response:
        try:
            file = decoder_file(registry[request.path_params["name"]].vae)
        except ValueError as error:
            return Response(str(error), 404, media_type="text/plain")
        if file is None:
            return Response("this model decodes on the server", 404, media_type="text/plain")
        return Response(file, media_type="application/octet-stream", headers=FOREVER)

    return Route("/decoder/{name:path}.safetensors", respond)


@cache  # few models, and their weights are constant
def decoder_file(vae: VAE) -> bytes | None:
    """Return the file's bytes; None unless the decoder is an MLP with 2-D codes below MAX_BYTES."""
    if vae.config.architecture != "mlp" or vae.config.latent_dim != LATENT_DIM:
        return None
    tensors = {name: tensor.half().cpu() for name, tensor in vae.decoder.state_dict().items()}
    file: bytes = save(tensors, {"layers": json.dumps(_layers(vae.decoder))})
    return file if len(file) <= MAX_BYTES else None


def _layers(network: nn.Module, prefix: str = "") -> list[list[Any]]:
    """Return the description of a network as a list of layers."""
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
                pass  # the page uses flat images of 784 pixels
            case _:
                raise TypeError(f"mlp_decoder.js has no layer {type(module).__name__}")
    return layers
