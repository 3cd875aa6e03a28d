"""Export of small encoders and decoders as files, with which the page computes without the server.

A file is in the safetensors format: the tensors in float16 and, in its metadata, the network as a
list of layers, so that network.js implements layers and no architecture:

    ["linear", name], ["norm", name, eps], ["silu"], ["residual", [layers]]

An encoder's file also contains the epsilons of the reconstruction term, in the metadata, and the
-ELBO of the test images in ascending order, as the tensor "test.negative_elbo".

Files are created from the loaded weights at the first request; they are not stored on disk.
"""

import hashlib
import json
from functools import cache
from typing import Any
from urllib.parse import quote

import torch
from safetensors.torch import save
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import nn

from app.frontend.assets.compression import FOREVER
from app.model.inference import TERM_PAIRS, balanced_noise
from app.model.vae import VAE, Residual
from app.registry.models import Model, ModelRegistry

MAX_BYTES = 2_000_000
LATENT_DIM = 2  # networks of more dimensions are larger, and the map decodes them on the server


def address(kind: str, model: Model) -> str | None:
    """Return the URL path of a model's file; None if the server computes for this model.

    Args:
        kind: a key of FILES, "encoder" or "decoder".
        model: the model.
    """
    file = FILES[kind](model)
    if file is None:
        return None
    return f"/{kind}/{quote(model.name)}.safetensors?{hashlib.sha256(file).hexdigest()[:16]}"


def routes(registry: ModelRegistry) -> list[Route]:
    """Return the routes that serve the files."""
    return [_route(kind, registry) for kind in FILES]


def _route(kind: str, registry: ModelRegistry) -> Route:
    def respond(request: Request) -> Response:
        try:
            file = FILES[kind](registry[request.path_params["name"]])
        except ValueError as error:
            return Response(str(error), 404, media_type="text/plain")
        if file is None:
            return Response(f"this {kind} runs on the server", 404, media_type="text/plain")
        return Response(file, media_type="application/octet-stream", headers=FOREVER)

    return Route(f"/{kind}/{{name:path}}.safetensors", respond)


@cache  # few models, and their weights are constant
def decoder_file(model: Model) -> bytes | None:
    """Return the decoder's file; None unless it is an MLP with 2-D codes below MAX_BYTES."""
    return _file(model.vae.decoder, {}, {}) if _is_plain(model.vae) else None


@cache
def encoder_file(model: Model) -> bytes | None:
    """Return the encoder's file; None unless it and the decoder are small MLPs of a plain VAE.

    A plain VAE has a Bernoulli likelihood and the head log sigma^2, the only ones that encoder.js
    implements.
    """
    config = model.vae.config
    if (config.variance_head, config.likelihood) != ("log", "bernoulli"):
        return None
    if decoder_file(model) is None:
        return None
    epsilon = balanced_noise(config.latent_dim, TERM_PAIRS).tolist()
    tested = None if model.codes is None else model.codes.sorted_negative_elbo
    tensors = {} if tested is None else {"test.negative_elbo": torch.tensor(tested)}
    return _file(model.vae.encoder, tensors, {"epsilon": json.dumps(epsilon)})


FILES = {"encoder": encoder_file, "decoder": decoder_file}


def _is_plain(vae: VAE) -> bool:
    return vae.config.architecture == "mlp" and vae.config.latent_dim == LATENT_DIM


def _file(
    network: nn.Module, tensors: dict[str, torch.Tensor], metadata: dict[str, str]
) -> bytes | None:
    """Return a file of a network, further tensors and metadata; None above MAX_BYTES."""
    weights = {name: tensor.half().cpu() for name, tensor in network.state_dict().items()}
    layers = json.dumps(_layers(network))
    file: bytes = save({**weights, **tensors}, {"layers": layers, **metadata})
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
            case nn.Flatten() | nn.Unflatten() | nn.Dropout():
                pass  # the page uses flat images of 784 pixels, and does not train
            case _:
                raise TypeError(f"network.js has no layer {type(module).__name__}")
    return layers
