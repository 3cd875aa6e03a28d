"""Arrays to Plotly figures. The only module that knows Plotly.

Figures carry no template and no theme: backgrounds are transparent, greys lie half-way between
light and dark, and the page sets the color of the text.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go  # type: ignore[import-untyped]
from numpy.typing import NDArray

from app.model.density import Density
from app.model.inference import Array

# What the page draws the figures with; it comes with the Python package, so nothing is fetched.

# One color per class, another symbol for each ten of them. Found by maximizing the smallest
# distance (OKLab) between any two of them in normal, protanopic, deuteranopic and tritanopic
# vision, with a relative luminance between 0.12 and 0.56 so that all stand out from white and from
# near-black. Which digit has which one was chosen so that classes that touch on MNIST's map (4 and
# 9, 3 and 5, 3 and 8, 7 and 9) differ most.
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
# Plotly's names, and the letters that stand for them in the legend.
SYMBOLS = (
    *(("circle", "●"), ("square", "■"), ("diamond", "◆"), ("cross", "✚"), ("x", "✖")),
    *(("triangle-up", "▲"), ("triangle-down", "▼"), ("star", "★")),
    *(("pentagon", "⬟"), ("hexagon", "⬢")),
)
POINT_OPACITY = 0.85
GRAY = "#7f7f7f"
GRID = "rgba(127, 127, 127, 0.18)"
PRIOR_RADII = (1, 2, 3)  # standard deviations of N(0, I)
FIRST_VIEW = 0.99  # the share of the points that the first view holds
BLOCKS = 24  # a side, in which a class's most crowded place is sought
MARGIN = 1.15  # how much wider than what it must hold the first view is


def initial_extent(points: Array) -> float:
    """Half the side of the square about the origin that the map shows first.

    It holds the prior's circles and the points (N, 2) but for a few outliers.
    """
    return MARGIN * max(float(PRIOR_RADII[-1]), _reach(points))


def latent_map(
    points: Array,
    label: NDArray[np.int64],
    axes: tuple[str, str],
    classes: Sequence[str],
    density: Density | None = None,
) -> go.Figure:
    """The codes of the test images on the map's plane, with the prior's circles.

    A trace of points for each class that has any, and the hidden trace "density". A class's name,
    where it is at home and the legend's letter are in `meta`, for Plotly would read markup in a
    trace's name.
    The axes have one scale, so circles are circles.

    Args:
        points: (N, 2), mu of the test images on the plane; (0, 2) for a model that has none yet.
        label: (N,), their classes.
        axes: names of the plane's two coordinates.
        classes: the name of each label, at most a hundred.
        density: the aggregate posterior on the plane.
    """
    if points.ndim != 2 or points.shape[1] != 2 or label.shape != points.shape[:1]:
        raise ValueError(f"points must be (N, 2), label (N,), got {points.shape}, {label.shape}")
    half = initial_extent(points)
    size = float(np.clip(3.5 * (10_000 / max(1, len(points))) ** 0.25, 3.5, 8))  # of MNIST's 3.5
    traces = [_class(i, classes[i], points[label == i], size) for i in np.unique(label)]
    if density is not None:
        traces.append(_density(density))
    axis = {
        "range": [-half, half],
        "gridcolor": GRID,
        "zerolinecolor": GRID,
        "zerolinewidth": 2,
        "ticks": "",
        "constrain": "range",  # a plot that is not square shows more, never another scale
    }
    return go.Figure(
        traces,
        {
            "xaxis": axis,
            "yaxis": axis | {"scaleanchor": "x"},
            "shapes": [_prior_circle(radius) for radius in PRIOR_RADII],
            "annotations": [
                *(_prior_name(radius) for radius in PRIOR_RADII),
                _axis_name(f"{axes[0]} →", x=1, y=0, xanchor="right", yanchor="bottom"),
                _axis_name(f"{axes[1]} →", x=0, y=1, xanchor="left", yanchor="top", textangle=-90),
            ],
            "dragmode": "pan",
            "hovermode": False,  # the page decodes under the pointer instead
            "margin": {"l": 30, "r": 8, "t": 8, "b": 28},
            "showlegend": False,  # the page has its own
            "modebar": {"orientation": "h", "bgcolor": "rgba(0,0,0,0)"},
            "font": {"color": GRAY, "family": "inherit"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "template": "none",
        },
    )


def _reach(points: Array) -> float:
    """The half side of the square that holds FIRST_VIEW of the points; outliers may lie outside."""
    return float(np.quantile(np.abs(points).max(axis=1), FIRST_VIEW)) if len(points) else 0.0


def _class(index: int, name: str, points: Array, size: float) -> go.Scattergl:
    symbol, letter = SYMBOLS[index // len(CLASS_COLORS)]
    color = CLASS_COLORS[index % len(CLASS_COLORS)]
    return go.Scattergl(
        x=points[:, 0].astype(np.float32),
        y=points[:, 1].astype(np.float32),
        mode="markers",
        marker={"size": size, "color": color, "symbol": symbol, "opacity": POINT_OPACITY},
        meta={"class": name, "letter": letter, "home": _home(points).tolist()},
        hoverinfo="skip",
    )


def _home(points: Array) -> Array:
    """Where a class's name belongs: amid its most crowded place, for it may lie in several."""
    half = MARGIN * _reach(points)
    side = 2 * half / BLOCKS
    if side == 0:
        return np.zeros(2, dtype=np.float32)
    view = [-half, half]
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=BLOCKS, range=[view, view])
    padded = np.pad(counts, 1)
    parts = [padded[i : i + BLOCKS, j : j + BLOCKS] for i in range(3) for j in range(3)]
    fullest = np.unravel_index(np.argmax(np.sum(parts, axis=0)), counts.shape)
    middle = (np.array(fullest) + 0.5) * side - half
    near = (np.abs(points - middle) <= 1.5 * side).all(axis=1)
    home: Array = points[near].mean(axis=0)
    return home


def _density(density: Density) -> go.Contour:
    """Lines of equal density; the fullest place is 1."""
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
    """The circle's name, just outside of it at its upper right."""
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


def _axis_name(text: str, **place: object) -> dict[str, object]:
    """An axis's name within the axes, where it costs a phone no room."""
    at = {"xref": "paper", "yref": "paper", "showarrow": False, "borderpad": 2}
    return {"text": text, "font": {"size": 13}, **at, **place}
