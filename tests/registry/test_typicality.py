"""An uploaded image has several readings, and the shipped model chooses the right one."""

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app import images
from app.images import Typicality, outline
from app.model.vae import VAE
from app.registry.typicality import FILE, read_flagged, read_typicality
from tests.images.drawn import SAME, apart, drawn, inverted, lit
from tests.paths import WEIGHTS
from tests.scenes import scenes
from training.checkpoint import fingerprint
from training.evaluation.non_digits import non_digits
from training.evaluation.typicality import MODELS, measure


@pytest.fixture(scope="module")
def typicality() -> Typicality:
    return read_typicality(WEIGHTS / FILE, lambda name: VAE.from_pretrained(WEIGHTS / name))


def on_a_dark_desk(image: Image.Image) -> Image.Image:
    desk = Image.new("L", (460, 420), 30)
    desk.paste(image.rotate(4, fillcolor=30), (120, 60))
    return lit(desk)


def with_a_thin_frame(image: Image.Image) -> Image.Image:
    framed = image.copy()
    ImageDraw.Draw(framed).rectangle((0, 0, image.width - 1, image.height - 1), outline=0)
    return framed


def in_a_drawn_box(image: Image.Image) -> Image.Image:
    page = Image.new("L", (400, 400), 255)
    page.paste(image, (60, 60))
    ImageDraw.Draw(page).rectangle((40, 44, 362, 350), outline=0, width=6)
    return page


def red_on_green(image: Image.Image) -> Image.Image:
    """Both colors have the same luminance."""
    page = Image.new("RGB", image.size, (60, 140, 50))
    page.paste((222, 60, 40), mask=inverted(image))
    return page


def letterboxed(image: Image.Image) -> Image.Image:
    page = Image.new("L", (600, 280))
    page.paste(image, (160, 0))
    return page


def cut_tight(image: Image.Image) -> Image.Image:
    return image.crop(inverted(image).getbbox())


def with_a_pen_next_to_it(image: Image.Image) -> Image.Image:
    page = Image.new("RGB", (480, 480), (220, 218, 210))
    page.paste((26, 26, 40), (20, 100), mask=inverted(image))
    ImageDraw.Draw(page).line((410, 60, 440, 420), fill=(20, 60, 170), width=14)
    return page


SCENES = [
    on_a_dark_desk,
    with_a_thin_frame,
    in_a_drawn_box,
    red_on_green,
    letterboxed,
    cut_tight,
    with_a_pen_next_to_it,
]


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("digit", [0, 2, 4, 5, 7])
def test_the_digit_in_a_scene_is_found(
    scene: Callable[[Image.Image], Image.Image], digit: int, typicality: Typicality
) -> None:
    plain = images.prepare(drawn(digit))
    found = images.read_image(scene(drawn(digit)), typicality).x
    assert apart(found, plain) < 1.5 * SAME


def test_a_typical_plain_reading_is_kept(typicality: Typicality) -> None:
    for digit in (0, 1, 2, 4, 5, 7):
        page = lit(drawn(digit))
        assert (images.read_image(page, typicality).x == images.prepare(page)).all()


def test_a_one_among_dust_is_read_although_it_is_a_straight_line(typicality: Typicality) -> None:
    page = drawn(1).copy()
    draw = ImageDraw.Draw(page)
    for x, y in ((30, 40), (240, 60), (50, 230)):
        draw.ellipse((x, y, x + 9, y + 9), fill=0)
    assert apart(images.read_image(page, typicality).x, images.prepare(drawn(1))) < SAME


def test_a_blank_page_has_no_strokes_for_the_model_either(typicality: Typicality) -> None:
    for page in (Image.new("L", (300, 400), 255), lit(Image.new("L", (300, 400), 230))):
        with pytest.raises(ValueError, match="no ink found"):
            images.read_image(page, typicality)


def test_the_outline_of_a_square_is_its_perimeter() -> None:
    square = np.zeros((1, 28, 28), np.float32)
    square[0, 5:15, 0:10] = 1
    assert outline(square).tolist() == [40]


def test_the_shipped_measure_is_of_the_shipped_weights() -> None:
    for name, fit in json.loads((WEIGHTS / FILE).read_text())["models"].items():
        weights = (WEIGHTS / name / "model.safetensors").read_bytes()
        assert fit["weights_sha256"] == fingerprint(weights)


def test_the_shipped_measure_notices_what_is_no_digit() -> None:
    share = json.loads((WEIGHTS / FILE).read_text())["share_above_digit_limit"]
    assert share["test digits"] < 0.03
    assert min(share[name] for name in ("noise", "sparse noise", "blank", "two digits")) > 0.9


def test_what_was_measured_can_be_read(tmp_path: Path, vae: VAE) -> None:
    for name in MODELS:
        vae.save_pretrained(tmp_path / name)
    digits = np.random.default_rng(0).random((200, 28, 28), np.float32)
    content = measure(tmp_path, digits, {"the same": digits})
    (tmp_path / FILE).write_text(json.dumps(content))
    found = read_typicality(tmp_path / FILE, lambda name: VAE.from_pretrained(tmp_path / name))
    deviation = found(digits)
    assert abs(deviation.mean()) < 0.01 and deviation.std() == pytest.approx(1, abs=0.01)
    assert content["share_above_digit_limit"]["the same"] == pytest.approx(0.01)


def test_non_digits_repeat_and_are_images() -> None:
    digits = np.random.default_rng(0).random((9, 28, 28), np.float32)
    once, again = non_digits(digits, 4), non_digits(digits, 4)
    for name, drawn_images in once.items():
        assert drawn_images.shape == (4, 28, 28)
        assert drawn_images.min() >= 0 and drawn_images.max() <= 1
        assert (drawn_images == again[name]).all()


# What is said of a reading


def side_by_side(*digits: int) -> Image.Image:
    page = Image.new("L", (260 * len(digits), 280), 255)
    for index, digit in enumerate(digits):
        page.paste(drawn(digit), (260 * index - 10, 0))
    return page


def test_one_typical_digit_gets_no_remark(typicality: Typicality) -> None:
    for digit in (0, 2, 4, 7):
        result = images.read_image(drawn(digit), typicality)
        assert (result.remark, result.others) == ("", ())
        assert (result.x == images.prepare(drawn(digit))).all()


def test_several_digits_get_a_sentence_and_each_other(typicality: Typicality) -> None:
    result = images.read_image(side_by_side(5, 2), typicality)
    assert "More than one thing" in result.remark
    read = [result.x, *result.others]
    for digit in (5, 2):
        assert min(apart(x, images.prepare(drawn(digit))) for x in read) < SAME


def test_next_to_a_typical_digit_only_what_may_be_one_is_offered(typicality: Typicality) -> None:
    pages = [side_by_side(5, 2), *(page for _, page, _ in islice(scenes(1), 0, None, 3))]
    results = [images.read_image(page, typicality) for page in pages]
    typical = [result for result in results if typicality(result.x[None])[0] < 1]
    assert any(result.others for result in typical)
    assert all(typicality.is_digit(x) for result in typical for x in result.others)


def test_what_is_no_digit_gets_a_sentence(typicality: Typicality) -> None:
    smiley = Image.new("L", (280, 280), 255)
    draw = ImageDraw.Draw(smiley)
    draw.ellipse((30, 30, 250, 250), outline=0, width=14)
    for x in (95, 165):
        draw.ellipse((x, 90, x + 22, 120), fill=0)
    draw.arc((85, 100, 195, 210), 20, 160, fill=0, width=14)
    result = images.read_image(smiley, typicality)
    assert result.remark


def test_without_a_model_nothing_is_said() -> None:
    result = images.read_image(side_by_side(5, 2))
    assert (result.remark, result.others) == ("", ())


def test_the_shares_on_the_page_are_those_that_were_measured() -> None:
    shares = read_flagged(WEIGHTS / FILE)
    assert 0 < shares["test digits"] < 0.05
    assert all(0.5 < share <= 1 for kind, share in shares.items() if kind != "test digits")
