"""The latent map: test codes, the prior and the visitor's image on a plane, decoded at the pointer.

figure.py builds the figure, a server function sends it, and latent_map.js draws it with Plotly,
whose script is fetched when a map first becomes visible.
"""

from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from app.components.latent_map.figure import initial_extent, latent_map_figure
from app.frontend.assets import PLOTLY, size, url
from app.frontend.mount import component
from app.frontend.payloads import Payload, ServerFunction, pack_bytes, pack_half_floats
from app.frontend.requests import ModelRequest
from app.frontend.templates import render
from app.model.density import aggregate_posterior
from app.registry.models import Model, ModelRegistry

FOLDER = Path(__file__).parent
MAP_CELLS = 96  # per side, of the aggregate posterior on the map
REGION_MASS = 0.99  # of q(z), within the region that the map does not mark as "off the data"
LAYERS = {
    "grid": "Decoded images",
    "density": "Density of q(z) over the test images",
    "samples": "Samples (tab Sample)",
    "path": "Path from A to B (tab Interpolate)",
}
# Why a layer may be empty, and what to do.
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

    def map_points(request: ModelRequest) -> Payload:
        """Return the points and the region of a map without Plotly (see `points_payload`)."""
        return points_payload(registry[request.model])

    return [latent_map, map_points]


def map_payload(model: Model) -> Payload:
    """Return the latent map of a model's test codes; without test codes it shows the prior only.

    figure: the Plotly figure as JSON.
    region: the highest-density region of q(z) as a bit mask on the square [-extent, extent]^2
    (base64; rows in order of increasing y, each padded to whole bytes), or null.
    """
    figure, region = _map(model)
    return {"figure": figure.to_json(), "region": region}


def points_payload(model: Model) -> Payload:
    """Return the content of a map that is drawn without Plotly, a third of the figure's bytes.

    points: (x, y) of the test codes, class after class (base64; little-endian float16).
    classes: name, home (the position of the label), color and number of points of each class.
    radii: radii of the prior's circles.
    half: half the side of the view.
    region: see `map_payload`.
    """
    figure, region = _map(model)
    clouds = [trace for trace in figure.data if trace.meta is not None and "class" in trace.meta]
    points = [np.stack([cloud.x, cloud.y], axis=1) for cloud in clouds]
    return {
        "points": pack_half_floats(np.concatenate([np.empty((0, 2)), *points])),
        "classes": [
            {
                "name": cloud.meta["class"],
                "home": cloud.meta["home"],
                "color": cloud.marker.color,
                "count": len(cloud.x),
            }
            for cloud in clouds
        ],
        "radii": [circle.x1 for circle in figure.layout.shapes],
        "half": figure.layout.xaxis.range[1],
        "region": region,
    }


@cache  # few models, and their codes are constant
def _map(model: Model) -> tuple[Any, Payload | None]:
    """Return the figure of a model's test codes, and its region."""
    if model.codes is None:
        empty = np.empty((0, 2), np.float32), np.empty(0, np.int64)
        return latent_map_figure(*empty, ("z₁", "z₂"), model.data.classes), None
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
    return figure, {"extent": extent, "cells": MAP_CELLS, "bits": pack_bytes(bits)}
