"""The tab "How it works": the forward pass of the visitor's image, one stage at a time.

stages.yaml has the content of the stages, a server function returns their numbers, and
how_it_works.js steps through them.
"""

import math
from pathlib import Path

import gradio as gr
import numpy as np

from app.frontend.mount import component
from app.frontend.payloads import (
    Payload,
    ServerFunction,
    finite,
    pack_bytes,
    pack_floats,
    pack_images,
)
from app.frontend.requests import ImageRequest, unit
from app.frontend.templates import render
from app.images import to_uint8
from app.model import trace
from app.model.inference import Array
from app.registry.ablations import FOLDER as STUDY
from app.registry.ablations import Ablations
from app.registry.models import ModelRegistry
from app.tabs.how_it_works.stages import mark_symbols, read_stages, split_terms

FOLDER = Path(__file__).parent
ELEM_ID = "slow-pass"  # the tab's former name; element ids do not change


def how_it_works(ablations: Ablations | None) -> gr.HTML:
    """Return the diagram with a button for each stage, the controls, and a panel for each stage.

    With ablations, the visitor may trace the plain autoencoder instead of the selected model.
    """
    models = {"": "selected above"}
    if ablations is not None:
        models[f"{STUDY}/ae"] = "plain autoencoder"
    markup = render(
        FOLDER / "template.html",
        stages=read_stages(),
        models=models,
        mark_symbols=mark_symbols,
        split_terms=split_terms,
    )
    return component(FOLDER / "how_it_works.js", markup, elem_id=ELEM_ID)


def how_it_works_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of this tab, for the RPC endpoint."""

    def forward_pass(request: ImageRequest) -> Payload:
        """Return every intermediate result of the forward pass."""
        model = registry[request.model]
        found = trace.trace(model.vae, unit(request.pixels), request.seed)
        config = model.vae.config
        return {
            "model": model.name,
            "likelihood": config.likelihood,
            "head": config.variance_head,
            "encoder": [_layer(*layer) for layer in found.encoder],
            "decoder": [_layer(*layer) for layer in found.decoder],
            **{name: finite(getattr(found, name)) for name in ("mu", "logvar", "std", "eps", "z")},
            "x_hat": pack_images(found.x_hat[None]),
            "reconstruction": pack_floats(found.reconstruction),
            "kl": None if found.kl is None else finite(found.kl),
        }

    def sampling_gradients(request: ImageRequest) -> Payload:
        """Return the gradients of each term: sampled, reparameterized and kl."""
        model = registry[request.model]
        found = trace.sampling_gradients(model.vae, unit(request.pixels), request.seed)
        return {
            "model": model.name,
            "sampled": _gradients(found.sampled),
            "reparameterized": _gradients(found.reparameterized),
            "kl": _gradients(found.kl),
        }

    return [forward_pass, sampling_gradients]


def _gradients(gradients: trace.Gradients | None) -> Payload | None:
    """Return gradients as JSON: null without a path in the graph, and for non-finite values."""
    if gradients is None:
        return None
    vectors = {"mu": gradients.mu, "logvar": gradients.logvar}
    norms = {"encoder": gradients.encoder, "decoder": gradients.decoder}
    return {
        **{name: None if value is None else finite(value) for name, value in vectors.items()},
        **{name: _number(value) for name, value in norms.items()},
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _layer(name: str, values: Array) -> Payload:
    """Return a layer's output as a gray image: 0 is gray, the largest magnitude white or black."""
    tiles = _mosaic(values)
    peak = float(np.abs(tiles).max())
    gray = 0.5 + 0.5 * tiles / peak if peak > 0 else np.full_like(tiles, 0.5)
    return {
        "name": name,
        "shape": list(values.shape),
        "size": list(tiles.shape),
        "pixels": pack_bytes(to_uint8(gray)),
    }


def _mosaic(values: Array) -> Array:
    """Return (N,) as the most nearly square rectangle, not wider than tall; (C, H, W) as a grid."""
    if values.ndim == 1:
        return values.reshape(-1, _largest_divisor(len(values)))
    channels, height, width = values.shape
    across = _largest_divisor(channels)
    tiles = values.reshape(channels // across, across, height, width).transpose(0, 2, 1, 3)
    return tiles.reshape(channels // across * height, across * width)


def _largest_divisor(count: int) -> int:
    """Return the largest divisor of a number that is at most its square root."""
    return next(width for width in range(math.isqrt(count), 0, -1) if count % width == 0)
