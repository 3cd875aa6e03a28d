"""Digits drawn in black on white for the tests of images, and what photos do to them.

Distances are mean absolute differences over 28x28 pixels in [0, 1].
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app import images

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


def ruled(image: Image.Image) -> Image.Image:
    """On squared paper, a little askew."""
    page = image.convert("L")
    draw = ImageDraw.Draw(page)
    for at in range(-20, page.width + 40, 28):
        draw.line((0, at, page.width, at - 10), fill=170)
        draw.line((at, 0, at + 10, page.height), fill=170)
    return Image.fromarray(np.minimum(np.asarray(page), np.asarray(image)))


def in_shadow(image: Image.Image) -> Image.Image:
    """Half of it under the shadow of a hand, whose edge is soft."""
    y, x = np.mgrid[: image.height, : image.width] / max(image.size)
    light = 0.9 - 0.35 / (1 + np.exp(-30 * (x + 0.4 * y - 0.7)))
    return Image.fromarray(images.to_uint8(np.asarray(image) / 255 * light))


def on_transparency(ink: int) -> Image.Image:
    image = Image.new("RGBA", (280, 280), (ink, ink, ink, 0))
    image.putalpha(inverted(drawn(5)))
    return image
