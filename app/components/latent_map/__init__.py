"""The latent map: test codes, the prior and the visitor's image on a plane, decoded at the pointer.

figure.py builds the figure, a server function sends it, and latent_map.js draws it with Plotly,
whose script is fetched when a map first becomes visible.
"""

from pathlib import Path

import gradio as gr
import numpy as np

from app.components.latent_map.figure import initial_extent, latent_map_figure
from app.frontend.assets import PLOTLY, size, url
from app.frontend.mount import component
from app.frontend.payloads import Payload, ServerFunction, pack_bytes
from app.frontend.requests import ModelRequest
from app.frontend.templates import render
from app.model.density import aggregate_posterior
from app.registry.models import Model, ModelRegistry

FOLDER = Path(__file__).parent
MAP_CELLS = 96  # per side, of the aggregate posterior on the map
REGION_MASS = 0.99  # of q(z), within the region that the map calls data
LAYERS = {
    "grid": "Decoded images",
    "density": "Density of q(z) over the test images",
    "samples": "Samples (tab Sample)",
    "path": "Path from A to B (tab Interpolate)",
}
# Why a layer may have nothing to show, and what to do.
ABSENT = {
    "density": "this model has no test codes yet",
    "samples": "open the tab Sample first",
    "path": "choose A and B in the tab Interpolate first",
}


def latent_map() -> gr.HTML:
    """Return the tab "Latent map": the map and the decoded image."""
    return component(
        FOLDER / "latent_map.js", markup("", LAYERS), elem_id="map-and-decode", plotly=url(PLOTLY)
    )


def markup(prefix: str, layers: dict[str, str]) -> str:
    """Return the markup for `mountMap` of latent_map.js, for an element of class live-latent-map.

    Args:
        prefix: distinguishes the ids of several maps on the page.
        layers: the keys of LAYERS that the menu offers, each with its label.
    """
    return render(
        FOLDER / "template.html",
        prefix=prefix,
        layers=layers,
        absent=ABSENT,
        plotly_size=size(PLOTLY),
    )


def latent_map_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server function, for the RPC endpoint."""

    def latent_map(request: ModelRequest) -> Payload:
        """Return figure and region of the latent map (see `map_payload`)."""
        return map_payload(registry[request.model])

    return [latent_map]


def map_payload(model: Model) -> Payload:
    """Return the latent map of a model's test codes; without test codes it shows the prior only.

    figure: the Plotly figure as JSON.
    region: the highest-density region of q(z) as a bit mask on the square [-extent, extent]^2
    (base64; rows in order of increasing y, each padded to whole bytes), or null.
    """
    if model.codes is None:
        empty = np.empty((0, 2), np.float32), np.empty(0, np.int64)
        figure = latent_map_figure(*empty, ("z₁", "z₂"), model.data.classes)
        return {"figure": figure.to_json(), "region": None}
    codes, projection = model.codes, model.projection
    axes = ("z₁", "z₂")
    if model.vae.config.latent_dim > 2:
        axes = ("first principal component", "second principal component")
    points = codes.mu @ projection.T
    std = np.sqrt(codes.std**2 @ (projection**2).T)  # per axis; the map ignores the correlation
    extent = initial_extent(points)
    density = aggregate_posterior(points, std, extent, MAP_CELLS)
    bits = np.packbits(density.region(REGION_MASS), axis=1)
    figure = latent_map_figure(points, codes.label, axes, model.data.classes, density)
    return {
        "figure": figure.to_json(),
        "region": {"extent": extent, "cells": MAP_CELLS, "bits": pack_bytes(bits)},
    }
