"""What a color, a transparent pixel or a deep gray looks like."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app import images
from tests.images.drawn import SAME, distance, drawn, on_transparency, saved


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_ink_on_transparency_contrasts_with_what_is_put_behind(mode: str) -> None:
    black = images.to_gray(on_transparency(0).convert(mode))
    white = images.to_gray(on_transparency(255).convert(mode))
    assert black[0, 0] == 1 and black.min() == 0
    assert white[0, 0] == 0 and white.max() == 1
    assert distance(images.prepare(on_transparency(0)), images.prepare(drawn(5))) < SAME
    assert distance(images.prepare(on_transparency(255)), images.prepare(drawn(5))) < SAME


def test_paper_with_transparent_corners_stays_paper() -> None:
    card = drawn(5).convert("RGBA")
    alpha = Image.new("L", card.size)
    ImageDraw.Draw(alpha).rounded_rectangle((0, 0, 279, 279), radius=60, fill=255)
    card.putalpha(alpha)
    assert images.to_gray(card)[0, 0] > 0.9


def test_a_palette_may_hold_a_transparent_color() -> None:
    image = drawn(2).point(lambda level: int(level > 127)).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0])  # ink and paper of one color, apart only by alpha
    data = saved(image, "PNG", transparency=1)
    opened = images.open_image(data)
    assert opened.mode == "P"
    assert distance(images.prepare(opened), images.prepare(drawn(2))) < SAME


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_deep_grays_are_scaled_by_range(mode: str) -> None:
    levels = np.asarray(drawn(4), dtype=np.float32) * 257
    dtype = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
    deep = Image.fromarray(levels.astype(dtype))
    assert deep.mode == mode
    assert np.abs(images.to_gray(deep) - images.to_gray(drawn(4))).max() < 0.01
    assert distance(images.prepare(deep), images.prepare(drawn(4))) < 0.002


def test_sixteen_bits_survive_opening() -> None:
    ramp = Image.fromarray(np.arange(0, 65536, 64, dtype=np.uint16).reshape(32, 32))
    gray = images.to_gray(images.open_image(saved(ramp, "PNG")))
    assert np.unique(gray).size == 1024


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV"])
def test_every_mode_has_a_luminance(mode: str) -> None:
    source = Image.new("L", (8, 6), 255)
    if mode == "LAB":
        image = Image.merge("LAB", (source, Image.new("L", (8, 6)), Image.new("L", (8, 6))))
    else:
        image = source.convert("RGB").convert(mode)
    gray = images.to_gray(image)
    assert gray.shape == (6, 8) and gray.dtype == np.float32
    assert gray.min() > 0.98
