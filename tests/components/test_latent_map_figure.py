"""The map's figure: what it draws, at what scale, in which colors."""

import json
import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from app.components.latent_map.figure import CLASS_COLORS, latent_map_figure
from app.model.density import Density, aggregate_posterior

# Linear RGB as a dichromat sees it: Machado, Oliveira & Fernandes, "A Physiologically-based Model
# for Simulation of Color Vision Deficiency", 2009, severity 1.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


DIGITS = tuple("0123456789")


def some_codes(count: int = 300) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 2)).astype(np.float32), np.arange(count) % 10


def figure_json(count: int = 300) -> dict[str, Any]:
    points, label = some_codes(count)
    density = aggregate_posterior(points, np.full_like(points, 0.1), 4.0, 96)
    figure = latent_map_figure(points, label, ("z1", "z2"), DIGITS, density)
    parsed: dict[str, Any] = json.loads(figure.to_json())
    return parsed


def linear(color: str) -> Any:
    """Linear RGB of #rrggbb."""
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb: Any) -> Any:
    """Björn Ottosson's OKLab, in which distances are roughly those that are seen."""
    lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return lab @ np.cbrt(lms @ np.clip(rgb, 0, 1))


def test_a_trace_for_each_class_holds_its_codes_and_its_name() -> None:
    points, label = some_codes()
    figure = latent_map_figure(points, label, ("z1", "z2"), DIGITS)
    assert [trace.meta["class"] for trace in figure.data] == list(DIGITS)
    for i, trace in enumerate(figure.data):
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], 1), points[label == i])


def test_a_class_name_stands_amid_its_most_crowded_place() -> None:
    rng = np.random.default_rng(0)
    large, small = rng.normal(1.5, 0.2, (300, 2)), rng.normal(-1.5, 0.2, (100, 2))
    points = np.concatenate([large, small]).astype(np.float32)
    label = np.zeros(len(points), dtype=np.int64)
    (trace,) = latent_map_figure(points, label, ("", ""), ["one"]).data
    np.testing.assert_allclose(trace.meta["home"], 1.5, atol=0.2)


@pytest.mark.parametrize("points", [[[0.0, 0.0]], [[2.0, -1.0]], [[1.0, 1.0]] * 3])
def test_the_name_of_a_few_points_stands_at_them(points: list[list[float]]) -> None:
    array = np.array(points, dtype=np.float32)
    label = np.zeros(len(array), dtype=np.int64)
    (trace,) = latent_map_figure(array, label, ("", ""), ["one"]).data
    np.testing.assert_allclose(trace.meta["home"], points[0], atol=1e-6)


def test_a_hundred_classes_differ_in_color_or_symbol() -> None:
    points = np.zeros((100, 2), np.float32)
    names = [f"class {i}" for i in range(100)]
    figure = latent_map_figure(points, np.arange(100), ("", ""), names)
    looks = {(trace.marker.color, trace.marker.symbol) for trace in figure.data}
    assert len(looks) == len({(t.marker.color, t.meta["letter"]) for t in figure.data}) == 100


def test_the_name_of_a_class_is_nothing_that_plotly_would_render() -> None:
    points, label = some_codes(2)
    figure = latent_map_figure(points, label, ("", ""), ["<b>bold</b>", "%{meta.mean}"])
    assert [trace.name for trace in figure.data] == [None, None]
    assert figure.layout.showlegend is False


def test_prior_circles_have_radius_one_two_three_about_the_origin() -> None:
    circles = figure_json()["layout"]["shapes"]
    assert [circle["type"] for circle in circles] == ["circle"] * 3
    for radius, circle in zip((1, 2, 3), circles, strict=True):
        assert (circle["x0"], circle["x1"]) == (circle["y0"], circle["y1"]) == (-radius, radius)


def test_each_circle_is_named_on_its_line() -> None:
    names = {item["text"]: item for item in figure_json()["layout"]["annotations"]}
    for radius in (1, 2, 3):
        item = names[f"{radius}σ"]
        assert np.hypot(item["x"], item["y"]) == pytest.approx(radius)


def test_both_axes_have_one_scale_and_one_range() -> None:
    layout = figure_json()["layout"]
    assert layout["yaxis"]["scaleanchor"] == "x"
    assert layout["xaxis"]["range"] == layout["yaxis"]["range"]


@pytest.mark.parametrize("scale", [0.1, 20])
def test_the_first_view_holds_the_outer_circle_and_all_points_but_outliers(scale: float) -> None:
    points, label = some_codes()
    points = scale * points
    low, high = latent_map_figure(points, label, ("", ""), DIGITS).layout.xaxis.range
    assert high == -low > 3
    assert (np.abs(points) < high).all(axis=1).mean() >= 0.99
    far = points.copy()
    far[0] = 1000 * scale
    assert latent_map_figure(far, label, ("", ""), DIGITS).layout.xaxis.range[1] < 2 * high


def test_a_model_without_codes_still_has_its_prior() -> None:
    empty = np.empty((0, 2), np.float32), np.empty(0, np.int64)
    figure = latent_map_figure(*empty, ("z1", "z2"), DIGITS)
    assert len(figure.data) == 0
    assert len(figure.layout.shapes) == 3


def test_a_class_that_no_image_shows_is_not_on_the_map() -> None:
    points, label = some_codes(5)  # digits 0 to 4
    assert len(latent_map_figure(points, label, ("", ""), DIGITS).data) == 5


def test_the_layers_are_off_at_first() -> None:
    density = next(trace for trace in figure_json()["data"] if trace.get("name") == "density")
    assert density["visible"] is False
    assert "images" not in figure_json()["layout"]


def test_the_density_layer_has_its_peak_where_the_density_has() -> None:
    points, label = some_codes()
    values = np.zeros((4, 4), np.float32)
    values[3, 1] = 0.2
    figure = latent_map_figure(points, label, ("", ""), DIGITS, Density(2.0, values))
    layer = next(trace for trace in figure.data if trace.name == "density")
    row, column = np.unravel_index(np.argmax(layer.z), layer.z.shape)
    assert (layer.x[column], layer.y[row], layer.z.max()) == (-0.5, 1.5, 1.0)


def test_the_figure_asks_for_nothing_from_outside() -> None:
    text = latent_map_figure(*some_codes(), ("z1", "z2"), DIGITS).to_json()
    assert not re.search(r"https?:|//", re.sub(r'"bdata":"[^"]*"', "", text))


def test_ten_thousand_codes_travel_in_little() -> None:
    assert len(json.dumps(figure_json(10_000))) < 200_000


@pytest.mark.parametrize("shape", [(10, 3), (10,), (9, 2)])
def test_points_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"points must be \(N, 2\)"):
        latent_map_figure(np.zeros(shape, np.float32), np.zeros(10, np.int64), ("", ""), DIGITS)


@pytest.mark.parametrize("vision", VISION)
def test_no_two_digits_look_alike_to_anyone(vision: str) -> None:
    seen = [oklab(VISION[vision] @ linear(color)) for color in CLASS_COLORS]
    closest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
    assert closest > 0.1  # Okabe and Ito's eight reach 0.08, matplotlib's ten 0.01


def test_every_digit_stands_out_from_light_and_dark() -> None:
    for color in CLASS_COLORS:
        luminance = float(linear(color) @ [0.2126, 0.7152, 0.0722])
        assert 1.05 / (luminance + 0.05) > 1.7, color
        assert (luminance + 0.05) / 0.055 > 3, color
