"""The images' promises: a digit is found whatever it is drawn on, and files are read safely.

The digits are drawn here. Distances are mean absolute differences over 28x28 pixels in [0, 1].
"""

import gzip
import io
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app import images
from app.images.arrays import otsu

Array = NDArray[np.float32]

# Two different digits are farther apart; a test says so.
SAME = 0.05

STROKES = {
    0: [[(50, 10), (28, 25), (22, 50), (28, 75), (50, 90), (72, 75), (78, 50), (72, 25), (50, 10)]],
    1: [[(52, 8), (46, 92)]],
    2: [[(24, 28), (38, 12), (62, 12), (74, 30), (60, 55), (22, 88), (80, 86)]],
    4: [[(38, 10), (20, 58), (80, 56)], [(62, 32), (60, 92)]],
    5: [[(72, 10), (34, 12), (30, 45), (58, 42), (74, 62), (60, 86), (26, 88)]],
    7: [[(22, 12), (78, 12), (44, 90)]],
}
DIGITS = sorted(STROKES)


def drawn(digit: int, side: int = 280, pen: int = 22) -> Image.Image:
    """Draw a digit in black on white, mode L, side x side; pen is its width at a side of 280."""
    fine = Image.new("L", (4 * side, 4 * side), 255)
    draw = ImageDraw.Draw(fine)
    radius = pen * side / 280 * 2
    for stroke in STROKES[digit]:
        points = [(0.03 * side * x + 0.5 * side, 0.03 * side * y + 0.5 * side) for x, y in stroke]
        draw.line(points, fill=0, width=round(2 * radius), joint="curve")
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return fine.reduce(4)


def distance(one: Array, other: Array) -> float:
    return float(np.abs(one - other).mean())


def apart(one: Array, other: Array) -> float:
    """Return the distance at the best shift by up to a pixel, since centering may round."""
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return min(distance(one, np.roll(other, shift, (0, 1))) for shift in shifts)


def inverted(image: Image.Image) -> Image.Image:
    return image.point(lambda level: 255 - level)


def moved(image: Image.Image) -> Image.Image:
    page = Image.new("L", (500, 420), 255)
    page.paste(image, (190, 15))
    return page


def resized(image: Image.Image, factor: float) -> Image.Image:
    side = round(image.width * factor)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def as_jpeg(image: Image.Image) -> Image.Image:
    return images.open_image(saved(image, "JPEG", quality=60))


def lit(image: Image.Image) -> Image.Image:
    """Under a lamp at the upper left, with the grain of paper and of a sensor."""
    y, x = np.mgrid[: image.height, : image.width] / max(image.size)
    light = 0.95 - 0.45 * x - 0.25 * y - 0.1 * x * y
    grain = np.random.default_rng(0).normal(0, 0.02, light.shape)
    shade = np.asarray(image, dtype=np.float32) / 255 * 0.8 + 0.15
    return Image.fromarray(images.to_uint8(shade * light + grain))


def ruled(image: Image.Image, rise: int = 10) -> Image.Image:
    """On squared paper, askew by `rise` pixels over the width."""
    page = image.convert("L")
    draw = ImageDraw.Draw(page)
    for at in range(-20 - abs(rise), page.width + 40 + abs(rise), 28):
        draw.line((0, at, page.width, at - rise), fill=170)
        draw.line((at, 0, at + rise, page.height), fill=170)
    return Image.fromarray(np.minimum(np.asarray(page), np.asarray(image)))


def in_shadow(image: Image.Image) -> Image.Image:
    """Half of it under the shadow of a hand, whose edge is soft."""
    y, x = np.mgrid[: image.height, : image.width] / max(image.size)
    light = 0.9 - 0.35 / (1 + np.exp(-30 * (x + 0.4 * y - 0.7)))
    return Image.fromarray(images.to_uint8(np.asarray(image) / 255 * light))


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


@pytest.mark.parametrize("rise", range(-45, 46, 5))  # up to 9 degrees
def test_squared_paper_is_left_out_at_every_tilt(rise: int) -> None:
    found = images.prepare(ruled(drawn(5), rise))
    assert distance(found, images.prepare(drawn(5))) < SAME


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


def test_levels_that_differ_by_a_rounding_error_have_a_threshold() -> None:
    level = np.float32(0.3)
    values = np.array([level, np.nextafter(level, np.float32(1))], np.float32)
    assert level <= otsu(values) <= values[1]


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


# to_gray: what a color or a transparent pixel looks like


def on_transparency(ink: int) -> Image.Image:
    image = Image.new("RGBA", (280, 280), (ink, ink, ink, 0))
    image.putalpha(inverted(drawn(5)))
    return image


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


# open_image: files


@pytest.mark.parametrize("kind", images.FORMATS)
def test_every_format_is_read(kind: str) -> None:
    opened = images.open_image(saved(drawn(2), kind))
    assert opened.size == (280, 280)
    assert distance(images.prepare(opened), images.prepare(drawn(2))) < SAME


def test_a_cmyk_jpeg_is_read() -> None:
    opened = images.open_image(saved(drawn(2).convert("CMYK"), "JPEG"))
    assert opened.mode == "CMYK"
    assert distance(images.prepare(opened), images.prepare(drawn(2))) < SAME


def test_alpha_survives() -> None:
    assert images.open_image(saved(on_transparency(0), "PNG")).mode == "RGBA"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (3, Image.Transpose.ROTATE_180),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_exif_turns_an_image_upright(kind: str, orientation: int, stored: Image.Transpose) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    tall = drawn(4).crop((20, 0, 260, 280))
    opened = images.open_image(saved(tall.transpose(stored), kind, exif=exif))
    assert opened.size == tall.size
    assert distance(images.prepare(opened), images.prepare(tall)) < SAME


def test_the_first_frame_of_an_animation_is_read() -> None:
    data = saved(drawn(2), "GIF", save_all=True, append_images=[drawn(7), drawn(1)])
    opened = images.open_image(data)
    assert getattr(opened, "n_frames", 1) == 1
    assert distance(images.prepare(opened), images.prepare(drawn(2))) < SAME


def test_an_animation_that_begins_blank_is_read_at_its_first_full_frame() -> None:
    blank = Image.new("L", (280, 280), 255)
    half = drawn(2)
    half.paste(255, (0, 140, 280, 280))
    frames = [half, drawn(2), blank, drawn(0)]
    data = saved(blank, "GIF", save_all=True, append_images=frames)
    assert distance(images.prepare(images.open_image(data)), images.prepare(drawn(2))) < SAME


def test_a_photo_of_48_megapixels_is_decoded_small() -> None:
    data = saved(Image.new("RGB", (8000, 6000), "white"), "JPEG")
    opened = images.open_image(data)
    assert 500_000 <= opened.width * opened.height <= 4_000_000
    assert opened.width * 3 == opened.height * 4


def png_header(width: int, height: int) -> bytes:
    """Return a PNG whose header claims this size, with next to no data."""
    data = bytearray(saved(Image.new("L", (1, 1)), "PNG"))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return with_checksum(data)


def with_checksum(data: bytearray) -> bytes:
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


PHOTO = saved(lit(drawn(2)), "JPEG")
BAD_FILES = {
    "empty": (b"", "empty"),
    "21 MB": (bytes(21_000_000), "at most 20 MB"),
    "text named .png": (b"Not an image, whatever its name may say.", "PNG, JPEG"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG, JPEG"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "save it as JPEG"),
    "JPEG cut short": (PHOTO[: len(PHOTO) // 2], "damaged or cut short"),
    "JPEG of two bytes": (PHOTO[:2], "send PNG, JPEG"),
    "PNG cut short": (saved(lit(drawn(2)), "PNG")[:4000], "damaged or cut short"),
    "PNG of 25.01 MP": (png_header(5001, 5001), "25 million pixels"),
    "PNG of 100 MP": (png_header(10_000, 10_000), "25 million pixels"),
    "PNG of 400 MP": (png_header(20_000, 20_000), "25 million pixels"),
    "PNG of 20,001 pixels a side": (png_header(20_001, 1), "20,000 pixels a side"),
    "JPEG of 51 MP": (saved(Image.new("L", (8500, 6000)), "JPEG"), "50 million pixels"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PNG, JPEG"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_one_sentence(name: str) -> None:
    data, reason = BAD_FILES[name]
    with pytest.raises(ValueError, match=reason) as refusal:
        images.open_image(data)
    sentence = str(refusal.value)
    assert type(refusal.value) is ValueError
    assert sentence.startswith("This ") and sentence.endswith(".") and "\n" not in sentence


def test_damage_anywhere_is_refused_or_read_but_never_leaks() -> None:
    random = np.random.default_rng(0)
    sources = [saved(drawn(2, side=60), kind) for kind in images.FORMATS]
    for turn in range(600):
        data = bytearray(sources[turn % len(sources)])
        for at in random.integers(0, min(len(data), 300), 4):
            data[at] = random.integers(256)
        try:
            gray = images.to_gray(images.open_image(bytes(data)))
        except ValueError as refusal:
            assert str(refusal).startswith("This ")  # noqa: PT017, both ends are right ones
        else:
            assert gray.ndim == 2


# The drawing pad


def test_the_pads_bytes_are_an_image() -> None:
    image = images.from_bytes(bytes(range(16)), 4)
    assert image.mode == "L" and image.size == (4, 4)
    assert image.getpixel((1, 2)) == 9


@pytest.mark.parametrize(("count", "side"), [(15, 4), (17, 4), (0, 0), (1, -1)])
def test_another_number_of_bytes_is_refused(count: int, side: int) -> None:
    with pytest.raises(ValueError, match=f"not {count}"):
        images.from_bytes(bytes(count), side)


# Images out


def test_bytes_are_rounded_and_clipped() -> None:
    levels = images.to_uint8(np.array([-1, 0, 0.499 / 255, 0.501 / 255, 0.5, 1, 7]))
    assert levels.dtype == np.uint8
    assert levels.tolist() == [0, 0, 0, 1, 128, 255, 255]


def test_every_byte_survives_the_way_there_and_back() -> None:
    every = np.arange(256, dtype=np.uint8)
    assert (images.to_uint8(every / np.float32(255)) == every).all()


def test_tiles_lie_row_by_row_without_gaps() -> None:
    shades = np.linspace(0.2, 1, 5, dtype=np.float32)
    batch = np.broadcast_to(shades[:, None, None], (5, 28, 28))
    grid = np.asarray(images.tile(batch))
    assert grid.shape == (2 * 28, 3 * 28)
    corners = grid[::28, ::28].ravel()
    assert corners.tolist() == [*images.to_uint8(shades), 0]
    assert (grid[27::28, 27::28].ravel() == corners).all()
    assert images.tile(batch, columns=5).size == (5 * 28, 28)
    assert images.tile(batch, columns=1).size == (28, 5 * 28)


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 28), (2, 3, 28, 28)])
def test_tiles_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected images \(N, 28, 28\), got"):
        images.tile(np.zeros(shape, np.float32))


def test_a_png_holds_the_image() -> None:
    data = images.png(drawn(2))
    assert (np.asarray(images.open_image(data)) == np.asarray(drawn(2))).all()


def test_an_animation_loops_through_all_its_frames() -> None:
    frames = np.random.default_rng(0).random((7, 28, 28), dtype=np.float32)
    with Image.open(io.BytesIO(images.animation(frames))) as gif:
        assert gif.format == "GIF"
        assert (getattr(gif, "n_frames", 1), gif.size) == (7, (224, 224))
        assert (gif.info["duration"], gif.info["loop"]) == (60, 0)
        for index, frame in enumerate(frames):
            gif.seek(index)
            shown = np.asarray(gif.convert("L"))[1::8, 1::8]
            assert (shown == images.to_uint8(frame)).all()
