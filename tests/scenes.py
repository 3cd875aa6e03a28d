"""Draw the kinds of images that people upload: on paper, on a desk, framed, cut, in color.

Digits are MNIST's test digits where MNIST_DIR is set, every other one drawn with a pen instead. A
kind is a function (random generator, pen) -> image; `pen(side)` returns the coverage of the digit's
strokes, (side, side) in [0, 1].
"""

import gzip
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from app.images import example_digits

Array = NDArray[np.float64]
Pen = Callable[[int], Array]
Kind = Callable[[np.random.Generator, Pen], Image.Image]
KINDS: dict[str, Kind] = {}

PAPER = (0.86, 0.85, 0.82)
INK = (0.1, 0.1, 0.16)
WOOD = (0.24, 0.15, 0.1)
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


def scenes(count: int, seed: int = 0) -> Iterator[tuple[str, Image.Image, int]]:
    """Yield `count` images of each kind: its name, the image as it is opened, the digit."""
    for index, (name, kind) in enumerate(KINDS.items()):
        for turn in range(count):
            random = np.random.default_rng((seed, index, turn))
            pen, digit = _mnist_pen(random) if turn % 2 == 0 else _drawn_pen(random)
            yield name, kind(random, pen), digit


# Digits


def _mnist_pen(random: np.random.Generator) -> tuple[Pen, int]:
    folder = os.environ.get("MNIST_DIR")
    if not folder:
        return _drawn_pen(random)
    images, labels = (
        gzip.decompress((Path(folder) / f"t10k-{part}-ubyte.gz").read_bytes())
        for part in ("images-idx3", "labels-idx1")
    )
    index = int(random.integers(10_000))
    digit = np.frombuffer(images, np.uint8, 784, 16 + 784 * index).reshape(28, 28)

    def pen(side: int) -> Array:
        large = Image.fromarray(digit[3:25, 3:25]).resize((side, side), Image.Resampling.BICUBIC)
        return np.clip((np.asarray(large) / 255 - 0.3) / 0.4, 0, 1)

    return pen, labels[8 + index]


def _drawn_pen(random: np.random.Generator) -> tuple[Pen, int]:
    digit = int(random.integers(10))
    width = random.uniform(0.05, 0.1)
    slant, turn = random.uniform(-0.15, 0.25), random.uniform(-0.15, 0.15)
    transform = np.array([[np.cos(turn), slant - np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def pen(side: int) -> Array:
        fine = Image.new("L", (3 * side, 3 * side))
        draw = ImageDraw.Draw(fine)
        radius = 1.5 * width * side
        for stroke in example_digits()[digit]:
            points = ((np.array(stroke) - 0.5) @ transform.T * 1.15 + 0.5) * 3 * side
            draw.line([tuple(p) for p in points], fill=255, width=round(2 * radius), joint="curve")
            for x, y in points:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        return np.asarray(fine.reduce(3)) / 255

    return pen, digit


# Painting


def canvas(size: tuple[int, int], color: tuple[float, ...] = WHITE) -> Array:
    """Return (H, W, 3) of one color; size is (width, height)."""
    return np.ones((size[1], size[0], 3)) * color


def write(page: Array, ink: Array, at: tuple[int, int], color: tuple[float, ...] = INK) -> Array:
    """Paint strokes onto a page with their upper left corner at (x, y); what is outside is cut."""
    x, y = at
    part = page[max(y, 0) : y + ink.shape[0], max(x, 0) : x + ink.shape[1]]
    ink = ink[max(-y, 0) :, max(-x, 0) :][: part.shape[0], : part.shape[1], None]
    part[:] = part * (1 - ink) + ink * np.array(color)
    return page


def centered(
    page: Array, ink: Array, color: tuple[float, ...] = INK, jitter: NDArray[np.int64] | None = None
) -> Array:
    """Paint strokes into the middle of a page, or a few pixels away from it."""
    dx, dy = (0, 0) if jitter is None else jitter
    x, y = (page.shape[1] - ink.shape[1]) // 2, (page.shape[0] - ink.shape[0]) // 2
    return write(page, ink, (x + int(dx), y + int(dy)), color)


def photo(random: np.random.Generator, page: Array, grain: float = 0.015) -> Image.Image:
    """Return a page as a phone takes it: a lamp at one side, a soft lens, grain, JPEG."""
    y, x = np.mgrid[: page.shape[0], : page.shape[1]] / max(page.shape)
    direction = random.uniform(-1, 1, 2)
    light = 1 - 0.25 * (direction[0] * (x - 0.5) + direction[1] * (y - 0.5)) - 0.05
    taken = as_image(page * light[..., None]).filter(ImageFilter.GaussianBlur(0.8))
    noisy = np.asarray(taken) / 255 + random.normal(0, grain, page.shape)
    data = io.BytesIO()
    as_image(noisy).save(data, "JPEG", quality=85)
    return Image.open(data)


def as_image(page: Array) -> Image.Image:
    """Return (H, W, 3) in [0, 1] as an image."""
    return Image.fromarray(np.rint(np.clip(page, 0, 1) * 255).astype(np.uint8))


def on_desk(
    random: np.random.Generator, sheet: Array, desk: Array, angle: float | None = None
) -> Array:
    """Lay a sheet onto the middle of a desk, turned a little."""
    angle = random.uniform(-7, 7) if angle is None else angle
    top = as_image(sheet).convert("RGBA").rotate(angle, Image.Resampling.BICUBIC, expand=True)
    below = as_image(desk)
    x, y = (desk.shape[1] - top.width) // 2, (desk.shape[0] - top.height) // 2
    shift = random.integers(-15, 16, 2)
    below.paste(top, (x + int(shift[0]), y + int(shift[1])), top)
    return np.asarray(below) / 255


def wood(random: np.random.Generator, size: tuple[int, int], color: tuple[float, ...]) -> Array:
    """Return a desk with a horizontal grain."""
    grain = random.normal(0, 1, (size[1], size[0] // 16 + 1)).repeat(16, axis=1)[:, : size[0]]
    return np.asarray(canvas(size, color) * (1 + 0.12 * grain[..., None]))


def kind(function: Kind) -> Kind:
    """Register a kind of image by its function's name."""
    KINDS[function.__name__] = function
    return function


def jitter(random: np.random.Generator, most: int) -> NDArray[np.int64]:
    return random.integers(-most, most + 1, 2)


# On paper


@kind
def clean_drawing(random: np.random.Generator, pen: Pen) -> Image.Image:
    return as_image(centered(canvas((300, 300)), pen(190), BLACK, jitter(random, 40)))


@kind
def shaded_paper(random: np.random.Generator, pen: Pen) -> Image.Image:
    return photo(random, centered(canvas((420, 560), PAPER), pen(240), INK, jitter(random, 60)))


@kind
def ruled_paper(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = canvas((420, 560), PAPER)
    page[20::34] *= 0.75
    return photo(random, centered(page, pen(220), (0.1, 0.1, 0.5), jitter(random, 50)))


@kind
def squared_paper(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = canvas((420, 420), PAPER)
    page[10::26] *= 0.8
    page[:, 7::26] *= 0.8
    return photo(random, centered(page, pen(230), INK, jitter(random, 50)))


@kind
def faint_pencil(random: np.random.Generator, pen: Pen) -> Image.Image:
    return photo(random, centered(canvas((420, 560), PAPER), pen(240), (0.74, 0.73, 0.71)), 0.008)


@kind
def very_faint_pencil(random: np.random.Generator, pen: Pen) -> Image.Image:
    return photo(random, centered(canvas((420, 560), PAPER), pen(240), (0.8, 0.79, 0.76)), 0.008)


@kind
def strong_noise(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = centered(canvas((420, 420), (0.45, 0.44, 0.42)), pen(240), (0.2, 0.2, 0.2))
    return photo(random, page, 0.09)


@kind
def tiny_digit(random: np.random.Generator, pen: Pen) -> Image.Image:
    return photo(random, centered(canvas((900, 1100), PAPER), pen(60), INK, jitter(random, 250)))


@kind
def newsprint(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = canvas((480, 480), PAPER)
    for top in range(10, 470, 11):
        letters = random.random((6, 110)) < 0.55
        page[top : top + 6, 16:456] *= np.where(letters.repeat(4, axis=1), 0.45, 1)[..., None]
    return photo(random, centered(page, pen(300), (0.78, 0.08, 0.1)))


@kind
def thick_marker(random: np.random.Generator, pen: Pen) -> Image.Image:
    ink = Image.fromarray((pen(300) * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(15))
    return photo(random, centered(canvas((340, 340), PAPER), np.asarray(ink) / 255))


@kind
def shadow_of_a_hand(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = centered(canvas((420, 420), PAPER), pen(240), INK, jitter(random, 30))
    y, x = np.mgrid[:420, :420] / 420
    edge = 1 / (1 + np.exp(-40 * (x + random.uniform(-0.5, 0.5) * y - random.uniform(0.3, 0.8))))
    return photo(random, page * (1 - 0.4 * edge[..., None]))


# On a desk


def _desk(color: tuple[float, ...], sheet_side: int, digit_side: int) -> Kind:
    def draw(random: np.random.Generator, pen: Pen) -> Image.Image:
        sheet = centered(canvas((sheet_side, round(1.1 * sheet_side)), PAPER), pen(digit_side))
        return photo(random, on_desk(random, sheet, wood(random, (560, 560), color)))

    return draw


KINDS["desk_dark"] = _desk(WOOD, 380, 220)
KINDS["desk_black"] = _desk((0.06, 0.06, 0.07), 360, 200)
KINDS["desk_mid"] = _desk((0.6, 0.44, 0.26), 380, 220)
KINDS["desk_light"] = _desk((0.72, 0.6, 0.42), 400, 240)
KINDS["desk_small_sheet"] = _desk(WOOD, 180, 110)
KINDS["desk_thin_margin"] = _desk(WOOD, 480, 260)


@kind
def desk_at_one_side(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = centered(canvas((480, 480), PAPER), pen(240), INK, np.array([60, 0]))
    width = int(random.integers(60, 140))
    page[:, :width] = wood(random, (width, 480), WOOD)
    return photo(random, np.rot90(page, 0))


@kind
def desk_at_a_corner(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = centered(wood(random, (480, 480), WOOD), np.zeros((1, 1)))
    page[120:, 130:] = centered(canvas((350, 360), PAPER), pen(210), INK, jitter(random, 40))
    return photo(random, page)


@kind
def dark_card_on_white(random: np.random.Generator, pen: Pen) -> Image.Image:
    card = centered(canvas((340, 340), (0.12, 0.13, 0.16)), pen(200), (0.8, 0.8, 0.78))
    return photo(random, on_desk(random, card, canvas((500, 500), PAPER)))


@kind
def sticky_on_monitor(random: np.random.Generator, pen: Pen) -> Image.Image:
    note = centered(canvas((280, 280), (0.98, 0.88, 0.4)), pen(190))
    return photo(random, on_desk(random, note, canvas((480, 480), (0.07, 0.08, 0.09)), 0))


@kind
def ruled_notebook_on_desk(random: np.random.Generator, pen: Pen) -> Image.Image:
    sheet = canvas((330, 440), (0.92, 0.92, 0.9))
    sheet[15::24] *= (0.8, 0.85, 0.95)
    sheet = centered(sheet, pen(190), (0.1, 0.12, 0.5))
    return photo(random, on_desk(random, sheet, wood(random, (480, 600), WOOD), 0))


@kind
def scanner_black_edges(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = centered(canvas((420, 560), (0.95, 0.95, 0.94)), pen(220), INK, jitter(random, 50))
    page[:, -int(random.integers(5, 16)) :] = 0.03
    page[-int(random.integers(4, 12)) :] = 0.03
    return photo(random, page, 0.005)


# Frames, bars, figures, screens


def _framed(width: int, side: int) -> Kind:
    def draw(random: np.random.Generator, pen: Pen) -> Image.Image:
        page = centered(canvas((side, side)), pen(round(0.65 * side)), BLACK)
        page[:width] = page[-width:] = page[:, :width] = page[:, -width:] = 0
        return as_image(page)

    return draw


KINDS["frame_1px_96"] = _framed(1, 96)
KINDS["frame_1px_300"] = _framed(1, 300)
KINDS["frame_4px_400"] = _framed(4, 400)
KINDS["frame_9px_300"] = _framed(9, 300)


@kind
def bar_at_one_side(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = centered(canvas((300, 300)), pen(190), BLACK, jitter(random, 30))
    bars = (np.s_[:2], np.s_[-2:], np.s_[:, :2], np.s_[:, -2:])
    page[bars[random.integers(4)]] = 0
    return as_image(page)


def _letterbox(bar: float, paper: tuple[float, ...], ink: tuple[float, ...]) -> Kind:
    def draw(random: np.random.Generator, pen: Pen) -> Image.Image:
        page = canvas((560, 320), (bar, bar, bar))
        page[:, 120:440] = centered(canvas((320, 320), paper), pen(220), ink)
        return as_image(page)

    return draw


KINDS["letterbox_black"] = _letterbox(0, WHITE, BLACK)
KINDS["letterbox_white"] = _letterbox(1, BLACK, WHITE)


@kind
def cell_with_lines(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = centered(canvas((130, 130), PAPER), pen(84), INK, jitter(random, 8))
    page[:4] = page[-4:] = page[:, :4] = page[:, -4:] = 0.2
    return photo(random, page)


@kind
def box_drawn_around(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = as_image(centered(canvas((480, 480), PAPER), pen(200)))
    corners = np.array([(95, 95), (385, 95), (385, 385), (95, 385)]) + random.integers(
        -8, 9, (4, 2)
    )
    points = [tuple(corner) for corner in [*corners.tolist(), corners[0].tolist()]]
    ImageDraw.Draw(page).line(points, fill=(26, 26, 40), width=int(random.integers(2, 9)))
    return photo(random, np.asarray(page) / 255)


@kind
def circled(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = as_image(centered(canvas((480, 480), PAPER), pen(190)))
    ImageDraw.Draw(page).ellipse((85, 90, 390, 385), outline=(26, 26, 40), width=6)
    return photo(random, np.asarray(page) / 255)


def _figure(colors: tuple[tuple[float, ...], tuple[float, ...]], axes: bool) -> Kind:
    def draw(random: np.random.Generator, pen: Pen) -> Image.Image:
        small = np.asarray(Image.fromarray(pen(200)).reduce(10))
        pixels = np.pad(small, 4).repeat(10, axis=0).repeat(10, axis=1)
        page = canvas((480, 360))
        page[40:320, 100:380] = centered(canvas((280, 280), colors[0]), pixels, colors[1])
        figure = as_image(page)
        if axes:
            tool = ImageDraw.Draw(figure)
            tool.rectangle((100, 40, 380, 320), outline=(0, 0, 0))
            for tick in range(0, 30, 5):
                tool.text((100 + 10 * tick, 325), str(tick), fill=(0, 0, 0))
                tool.text((80, 40 + 10 * tick), str(tick), fill=(0, 0, 0))
        return figure

    return draw


KINDS["figure_gray"] = _figure((BLACK, WHITE), axes=True)
KINDS["figure_viridis"] = _figure(((0.27, 0.0, 0.33), (0.99, 0.91, 0.14)), axes=True)
KINDS["figure_inverted"] = _figure((WHITE, BLACK), axes=True)
KINDS["figure_without_axes"] = _figure((BLACK, WHITE), axes=False)


def _screen(paper: tuple[float, ...], ink: tuple[float, ...]) -> Kind:
    def draw(random: np.random.Generator, pen: Pen) -> Image.Image:
        page = as_image(centered(canvas((360, 720), paper), pen(200), ink, np.array([0, -60])))
        tool = ImageDraw.Draw(page)
        shade = tuple(round(255 * level) for level in ink)
        tool.text((12, 6), "12:30", fill=shade)
        tool.rectangle((330, 8, 350, 16), fill=shade)
        for x in range(36, 360, 72):
            tool.ellipse((x - 12, 650, x + 12, 674), fill=(90, 90, 200))
        tool.rectangle((120, 704, 240, 708), fill=shade)
        return page

    return draw


KINDS["phone_screen"] = _screen(WHITE, BLACK)
KINDS["phone_screen_dark"] = _screen(BLACK, WHITE)


# Cut


def _box(ink: Array) -> Array:
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _tight(side: int, margin: int, paper: tuple[float, ...], ink: tuple[float, ...]) -> Kind:
    def draw(random: np.random.Generator, pen: Pen) -> Image.Image:
        cut = _box(pen(side))
        size = (cut.shape[1] + 2 * margin, cut.shape[0] + 2 * margin)
        return as_image(write(canvas(size, paper), cut, (margin, margin), ink))

    return draw


KINDS["tight_100"] = _tight(130, 0, WHITE, BLACK)
KINDS["tight_300"] = _tight(400, 0, WHITE, BLACK)
KINDS["tight_300_light"] = _tight(400, 0, BLACK, WHITE)
KINDS["margin_of_1"] = _tight(380, 1, WHITE, BLACK)


@kind
def photo_cut_by_the_border(random: np.random.Generator, pen: Pen) -> Image.Image:
    cut = _box(pen(400))[4:-4, 4:-4]
    return photo(random, write(canvas((cut.shape[1], cut.shape[0]), PAPER), cut, (0, 0)))


# With something next to it


@kind
def pen_next_to_it(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = as_image(centered(canvas((480, 480), PAPER), pen(210), INK, np.array([-60, 0])))
    x = int(random.integers(400, 430))
    ImageDraw.Draw(page).line((x, 60, x + 30, 420), fill=(20, 60, 170), width=14)
    return photo(random, np.asarray(page) / 255)


@kind
def punch_holes(random: np.random.Generator, pen: Pen) -> Image.Image:
    page = as_image(centered(canvas((420, 560), PAPER), pen(160), INK, jitter(random, 40)))
    for y in (140, 420):
        ImageDraw.Draw(page).ellipse((24, y, 50, y + 26), fill=(12, 12, 12))
    return photo(random, np.asarray(page) / 255)


# In color


def _colored(paper: tuple[float, ...], ink: tuple[float, ...], taken: bool = True) -> Kind:
    def draw(random: np.random.Generator, pen: Pen) -> Image.Image:
        page = centered(canvas((400, 400), paper), pen(240), ink, jitter(random, 40))
        return photo(random, page) if taken else as_image(page)

    return draw


KINDS["yellow_marker"] = _colored(PAPER, (0.93, 0.9, 0.25))
KINDS["red_on_green"] = _colored((0.24, 0.55, 0.2), (0.87, 0.24, 0.16), taken=False)
KINDS["blue_on_black"] = _colored((0.05, 0.05, 0.05), (0.2, 0.35, 0.9))
KINDS["chalk_on_green"] = _colored((0.13, 0.3, 0.22), (0.85, 0.87, 0.85))


@kind
def strokes_on_transparency(random: np.random.Generator, pen: Pen) -> Image.Image:
    image = Image.new(
        "RGBA", (280, 280), (*(int(level) for level in random.integers(0, 256, 3)), 0)
    )
    alpha = centered(canvas((280, 280), BLACK), pen(190), WHITE)[..., 0]
    image.putalpha(Image.fromarray((alpha * 255).astype(np.uint8)))
    return image
