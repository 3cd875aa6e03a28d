"""Files are read safely: every format, or one sentence that says why not."""

import zlib

import numpy as np
import pytest
from PIL import Image

from app import images
from tests.images.drawn import SAME, distance, drawn, lit, on_transparency, saved


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
