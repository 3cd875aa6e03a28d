"""The Plotly figure of the latent map. No other module imports Plotly.

The figure has no template and no theme: the background is transparent, the grays are half-way
between black and white, and the page sets the text color.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go  # type: ignore[import-untyped]
from numpy.typing import NDArray

from app.model.density import Density
from app.model.inference import Array

# One color per class, another symbol for every ten classes. The colors maximize the smallest OKLab
# distance between any two of them in normal, protanopic, deuteranopic and tritanopic vision, with a
# relative luminance between 0.12 and 0.56 for contrast with white and near-black. They are assigned
# so that classes that touch on MNIST's map (4 and 9, 3 and 5, 3 and 8, 7 and 9) differ most.
CLASS_COLORS = (
    "#b17ca0",
    "#993cb6",
    "#5e9bff",
    "#b43400",
    "#17d7ff",
    "#0159ff",
    "#fb670d",
    "#a9b6a2",
    "#f0be12",
    "#546668",
)
# Plotly's symbol names, and the characters that represent them in the legend.
SYMBOLS = (
    *(("circle", "●"), ("square", "■"), ("diamond", "◆"), ("cross", "✚"), ("x", "✖")),
    *(("triangle-up", "▲"), ("triangle-down", "▼"), ("star", "★")),
    *(("pentagon", "⬟"), ("hexagon", "⬢")),
)
POINT_OPACITY = 0.85
GRAY = "#7f7f7f"
GRID = "rgba(127, 127, 127, 0.18)"
TRANSPARENT = "rgba(0, 0, 0, 0)"
PRIOR_RADII = (1, 2, 3)  # standard deviations of N(0, I)
VIEW_QUANTILE = 0.99  # share of the points within the initial view
BINS = 24  # per side, of the histogram that finds the densest region of a class
MARGIN = 1.15  # side of the initial view relative to the region that it must cover


def initial_extent(points: Array) -> float:
    """Return half the side of the map's initial view, a square around the origin.

    It covers the prior's circles and the VIEW_QUANTILE share of the points (N, 2).
    """
    return MARGIN * max(float(PRIOR_RADII[-1]), _max_abs(points))


def latent_map_figure(
    points: Array,
    label: NDArray[np.int64],
    axes: tuple[str, str],
    classes: Sequence[str],
    density: Density | None = None,
) -> go.Figure:
    """Return the figure of the test codes on the map's plane, with the prior's circles.

    It has a trace of points for each class with points, and the hidden trace "density". A class's
    name, the position of its label and its symbol are in `meta`, because Plotly interprets markup
    in trace names. Both axes have the same scale.

    Args:
        points: (N, 2), projected mu of the test images; (0, 2) for a model without test codes.
        label: (N,), their classes.
        axes: names of the two coordinates.
        classes: the name of each label, at most a hundred.
        density: the aggregate posterior on the plane.

    Raises:
        ValueError: points or label have a wrong shape.
    """
    if points.ndim != 2 or points.shape[1] != 2 or label.shape != points.shape[:1]:
        raise ValueError(f"points must be (N, 2), label (N,), got {points.shape}, {label.shape}")
    size = float(np.clip(3.5 * (10_000 / max(1, len(points))) ** 0.25, 3.5, 8))  # pixels
    traces = [_class(i, classes[i], points[label == i], size) for i in np.unique(label)]
    if density is not None:
        traces.append(_density(density))
    return go.Figure(traces, _layout(initial_extent(points), axes))


def _layout(extent: float, axes: tuple[str, str]) -> dict[str, object]:
    """Return the layout of a square view of [-extent, extent]^2, with the prior's circles."""
    axis = {
        "range": [-extent, extent],
        "gridcolor": GRID,
        "zerolinecolor": GRID,
        "zerolinewidth": 2,
        "ticks": "",
        "constrain": "range",  # a non-square plot extends the range and keeps the scale
    }
    return {
        "xaxis": axis,
        "yaxis": axis | {"scaleanchor": "x"},
        "shapes": [_prior_circle(radius) for radius in PRIOR_RADII],
        "annotations": [
            *(_prior_name(radius) for radius in PRIOR_RADII),
            _axis_name(f"{axes[0]} →", x=1, y=0, xanchor="right", yanchor="bottom"),
            _axis_name(f"{axes[1]} →", x=0, y=1, xanchor="left", yanchor="top", textangle=-90),
        ],
        "dragmode": "pan",
        "hovermode": False,  # the page decodes at the pointer instead
        "margin": {"l": 30, "r": 8, "t": 8, "b": 28},
        "showlegend": False,  # the page draws its own legend
        "modebar": {"orientation": "h", "bgcolor": TRANSPARENT},
        "font": {"color": GRAY, "family": "inherit"},
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "template": "none",
    }


def _max_abs(points: Array) -> float:
    """Return the VIEW_QUANTILE quantile of the points' largest absolute coordinate."""
    return float(np.quantile(np.abs(points).max(axis=1), VIEW_QUANTILE)) if len(points) else 0.0


def _class(index: int, name: str, points: Array, size: float) -> go.Scattergl:
    symbol, letter = SYMBOLS[index // len(CLASS_COLORS)]
    color = CLASS_COLORS[index % len(CLASS_COLORS)]
    return go.Scattergl(
        x=points[:, 0].astype(np.float32),
        y=points[:, 1].astype(np.float32),
        mode="markers",
        marker={"size": size, "color": color, "symbol": symbol, "opacity": POINT_OPACITY},
        meta={"class": name, "letter": letter, "home": _label_position(points).tolist()},
        hoverinfo="skip",
    )


def _label_position(points: Array) -> Array:
    """Return the position of a class's label, (2,), in its densest region."""
    extent = MARGIN * _max_abs(points)
    side = 2 * extent / BINS
    if side == 0:
        return np.zeros(2, dtype=np.float32)
    view = [-extent, extent]
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=BINS, range=[view, view])
    padded = np.pad(counts, 1)
    shifted = [padded[i : i + BINS, j : j + BINS] for i in range(3) for j in range(3)]
    densest = np.unravel_index(np.argmax(np.sum(shifted, axis=0)), counts.shape)
    center = (np.array(densest) + 0.5) * side - extent
    near = (np.abs(points - center) <= 1.5 * side).all(axis=1)
    position: Array = points[near].mean(axis=0)
    return position


def _density(density: Density) -> go.Contour:
    """Return contour lines of a density, scaled to a maximum of 1."""
    return go.Contour(
        name="density",
        x=density.centers,
        y=density.centers,
        z=density.values / density.values.max(),
        contours={"start": 0.02, "end": 0.92, "size": 0.1},
        colorscale=[[0, "rgba(0, 114, 178, 0)"], [1, "rgba(0, 114, 178, 0.9)"]],
        line={"width": 0.5, "color": GRAY},
        showscale=False,
        hoverinfo="skip",
        visible=False,
    )


def _prior_circle(radius: int) -> dict[str, object]:
    corners = {"x0": -radius, "y0": -radius, "x1": radius, "y1": radius}
    line = {"color": GRAY, "width": 2, "dash": "dot"}
    return {"type": "circle", "name": f"{radius}σ", "layer": "above", "line": line, **corners}


def _prior_name(radius: int) -> dict[str, object]:
    """Return the label of a prior circle, outside of it at the upper right."""
    at = radius * np.sqrt(0.5)
    return {
        "text": f"{radius}σ",
        "x": at,
        "y": at,
        "xanchor": "left",
        "yanchor": "bottom",
        "borderpad": 0,
        "showarrow": False,
        "font": {"size": 13},
    }


def _axis_name(text: str, **position: object) -> dict[str, object]:
    """Return an axis label within the plot area, to save space on small screens."""
    at = {"xref": "paper", "yref": "paper", "showarrow": False, "borderpad": 2}
    return {"text": text, "font": {"size": 13}, **at, **position}
