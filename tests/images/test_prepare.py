"""A digit is found whatever it is drawn on, and MNIST's own pass unchanged."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app import images
from app.images.strokes import MIN_CONTRAST, remove_ruled_lines
from tests.images.drawn import (
    DIGITS,
    SAME,
    apart,
    as_jpeg,
    distance,
    drawn,
    in_shadow,
    inverted,
    lit,
    moved,
    resized,
    ruled,
)

CONDITIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "inverted": inverted,
    "moved": moved,
    "half the size": lambda image: resized(image, 0.5),
    "four times the size": lambda image: resized(image, 4),
    "JPEG": as_jpeg,
    "lamp and grain": lit,
    "squared paper": ruled,
    "shadow": in_shadow,
    "a chalkboard by lamp light": lambda image: inverted(lit(image)),
    "all at once": lambda image: as_jpeg(lit(in_shadow(ruled(moved(image))))),
}


# prepare: the same digit, whatever it is drawn on


@pytest.mark.parametrize("rise", range(-43, 44, 2))  # pixels over the width: up to 9.5 degrees
def test_ruled_lines_are_removed_at_every_tilt(rise: int) -> None:
    page = Image.new("L", (256, 256))
    draw = ImageDraw.Draw(page)
    for at in range(20, 256, 40):
        draw.line((0, at, 255, at - rise), fill=75, width=2)
    draw.line((128, 40, 128, 200), fill=255, width=12)
    contrast = np.asarray(page, dtype=np.float32) / np.float32(255)
    left = remove_ruled_lines(contrast, contrast > MIN_CONTRAST)
    assert (left > MIN_CONTRAST).sum() < 1.2 * (contrast == 1).sum()  # of the lines
    assert (left == 1).sum() > 0.95 * (contrast == 1).sum()  # of the stroke


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_comes_out_the_same(digit: int, condition: str) -> None:
    changed = CONDITIONS[condition](drawn(digit))
    assert apart(images.prepare(drawn(digit)), images.prepare(changed)) < SAME


def test_the_tolerance_tells_digits_apart() -> None:
    prepared = [images.prepare(drawn(digit)) for digit in DIGITS]
    distances = [apart(a, b) for i, a in enumerate(prepared) for b in prepared[:i]]
    assert min(distances) > 1.5 * SAME


@pytest.mark.parametrize("condition", ["inverted", "moved", "lamp and grain", "shadow"])
def test_a_plain_resize_fails_the_same_test(condition: str) -> None:
    for digit in DIGITS:
        changed = CONDITIONS[condition](drawn(digit))
        assert apart(images.resize_raw(drawn(digit)), images.resize_raw(changed)) > SAME


@pytest.mark.parametrize("digit", DIGITS)
def test_prepared_twice_is_prepared_once(digit: int) -> None:
    once = images.prepare(drawn(digit))
    twice = images.prepare(Image.fromarray(images.to_uint8(once)))
    assert distance(once, twice) < 0.002


@pytest.mark.parametrize("pen", [3, 8, 22, 50])
@pytest.mark.parametrize("digit", DIGITS)
def test_any_pen_gives_what_mnist_holds(digit: int, pen: int) -> None:
    x = images.prepare(drawn(digit, pen=pen))
    assert x.shape == (28, 28) and x.dtype == np.float32
    assert x.min() >= 0 and x.max() <= 1
    rows, columns = np.flatnonzero(x.any(axis=1)), np.flatnonzero(x.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)
    center = (x.sum(axis=1) @ np.arange(28) / x.sum(), x.sum(axis=0) @ np.arange(28) / x.sum())
    assert np.abs(np.subtract(center, 14)).max() <= 0.51
    assert np.quantile(x[x > 0.3], 0.8) > 0.9, "the core of a stroke is white"
    assert np.mean((x > 0.05) & (x < 0.95)) > 0.02, "its edge is gray"


@pytest.mark.parametrize("paper", [lambda image: image, lit], ids=["drawing", "photo"])
def test_ink_may_touch_the_border(paper: Callable[[Image.Image], Image.Image]) -> None:
    whole = drawn(7)
    left, top, right, bottom = inverted(whole).getbbox() or (0, 0, 280, 280)
    for box in ((0, top, 280, 280), (left, 0, 280, 280), (0, 0, right, 280), (0, 0, 280, bottom)):
        assert apart(images.prepare(paper(whole.crop(box))), images.prepare(whole)) < SAME


@pytest.mark.parametrize(
    "page",
    [
        Image.new("L", (100, 140), 255),
        Image.new("L", (100, 140), 0),
        Image.new("RGBA", (50, 50)),
        lit(Image.new("L", (300, 400), 255)),
        as_jpeg(lit(ruled(Image.new("L", (300, 400), 255)))),
        as_jpeg(in_shadow(lit(Image.new("L", (300, 400), 255)))),
    ],
    ids=["white", "black", "transparent", "lit paper", "squared paper", "shadow"],
)
def test_a_blank_page_has_no_ink(page: Image.Image) -> None:
    with pytest.raises(ValueError, match=r"no ink found.*\.$"):
        images.prepare(page)


def test_rounding_errors_do_not_move_a_symmetric_drawing() -> None:
    rng = np.random.default_rng(0)
    halves = rng.uniform(0.2, 1, (20, 80, 40)).astype(np.float32)
    drawings = np.concatenate([halves, halves[:, :, ::-1]], axis=2)
    places = {
        int(np.flatnonzero(images.center_like_mnist(strokes).any(axis=0))[0])
        for strokes in drawings
    }
    assert len(places) == 1


@pytest.mark.parametrize("size", [(1, 1), (3, 200)])
def test_too_small_an_image_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least 4 x 4"):
        images.prepare(Image.new("L", size))


# MNIST itself


@pytest.fixture(scope="module")
def mnist() -> NDArray[np.uint8]:
    folder = os.environ.get("MNIST_DIR")
    if not folder:
        pytest.skip("MNIST_DIR names no folder with t10k-images-idx3-ubyte.gz")
    data = gzip.decompress((Path(folder) / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28)


def test_mnist_passes_unchanged(mnist: NDArray[np.uint8]) -> None:
    changes = [
        distance(images.prepare(Image.fromarray(digit)), images.resize_raw(Image.fromarray(digit)))
        for digit in mnist[:2000]
    ]
    assert np.mean(changes) < 0.001
    assert np.max(changes) < 0.005


def test_inverted_mnist_is_mnist(mnist: NDArray[np.uint8]) -> None:
    for digit in mnist[:300]:
        dark = images.prepare(Image.fromarray(255 - digit))
        assert distance(dark, images.prepare(Image.fromarray(digit))) < 1e-6


def test_enlarged_mnist_is_found_again(mnist: NDArray[np.uint8]) -> None:
    changes = [
        distance(
            images.prepare(Image.fromarray(digit).resize((112, 112), Image.Resampling.NEAREST)),
            digit / np.float32(255),
        )
        for digit in mnist[:100]
    ]
    assert np.mean(changes) < 0.01


# The drawing pad


def test_the_pads_bytes_are_an_image() -> None:
    image = images.from_bytes(bytes(range(16)), 4)
    assert image.mode == "L" and image.size == (4, 4)
    assert image.getpixel((1, 2)) == 9


@pytest.mark.parametrize(("count", "side"), [(15, 4), (17, 4), (0, 0), (1, -1)])
def test_another_number_of_bytes_is_refused(count: int, side: int) -> None:
    with pytest.raises(ValueError, match=f"not {count}"):
        images.from_bytes(bytes(count), side)
