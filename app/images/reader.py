"""Read the digit of an image: list its readings and let a generative model choose.

The models are arguments, functions from images (N, 28, 28) to -ELBO, so that this module does not
depend on PyTorch.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from PIL import Image

from app.images.arrays import FloatArray
from app.images.color import color_axis, luminance, reduce_to, simplify_mode
from app.images.preprocess import SIDE, center_like_mnist
from app.images.readings import Page, Reading, find_sheets, readings
from app.images.strokes import DRAWING_SIDE, NO_STROKES, strokes_of_drawing

MIN_SIDE = 4
WORKING_SIDE = 256  # strokes are searched at no more than this
EARLY = 1.0  # standard deviations: next to a more typical reading, no further ones are listed
LATE = 3.0  # next to a more typical one, faint strokes are not searched for
PLAIN = 1.0  # standard deviations that another reading must be more typical than the plain one
KEPT = 1.0  # standard deviations that leaving out all strokes would cost
STRAIGHT = 1.0  # standard deviations that another reading may be less typical than a straight line
THIN = 1.6  # pixels: standard deviation across the strokes of a straight line
LITTLE = 0.05  # of an image: a straight line that explains less does not end the search
COLOR = 0.5  # of an image's strokes: what is found by color alone, without its gray strokes
NEVER = 1e6  # standard deviations: a reading that is not taken
MAX_OTHERS = 3
SAME = 0.06  # mean absolute difference: two readings that are nearer look the same

SEVERAL = (
    "More than one thing was found in this image, and the models were trained on single digits: "
    "the likeliest one is shown."
)
NO_DIGIT = "This does not look like one digit, and the models were trained on single digits."
CUT = "The strokes reach the edge of the image: a part of the digit may be missing."
UNCERTAIN = "This image can be read in more than one way: choose another reading below."

COORDINATES = np.indices((SIDE, SIDE)).reshape(2, -1).astype(np.float64)  # of the pixels

Scores = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Line:
    """The -ELBO of a model over validation digits, as a linear function of their outline.

    -ELBO grows with the length of the outline, so it alone prefers a 1 or a fragment.

    Attributes:
        scores: -ELBO in nats, (N, 28, 28) -> (N,).
        intercept, slope: nats, and nats per pixel of outline.
        deviation: the standard deviation in nats of validation digits around the line.
    """

    scores: Scores
    intercept: float
    slope: float
    deviation: float

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return how far above the line images (N, 28, 28) are, in standard deviations, (N,)."""
        expected = self.intercept + self.slope * outline(x)
        above: FloatArray = np.float32(1 / self.deviation) * (self.scores(x) - expected)
        return above


@dataclass(frozen=True)
class Typicality:
    """How unlike a digit an image is, in standard deviations over validation digits.

    Attributes:
        line: of the model that chooses among readings.
        limit: the deviation that 1 % of validation digits exceed.
        others: of models that notice what the first does not: a filled shape is cheap in 32
            dimensions and expensive in 2.
        digit_limit: the largest deviation over all models that 1 % of validation digits exceed.
    """

    line: Line
    limit: float
    others: tuple[Line, ...]
    digit_limit: float

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the deviation of images (N, 28, 28) from a typical digit, (N,)."""
        return self.line(x)

    def is_digit(self, x: FloatArray, deviation: float | None = None) -> bool:
        """Return whether an image (28, 28) is as typical as 99 % of validation digits.

        Args:
            x: the image.
            deviation: from a typical digit, if it is known.
        """
        if deviation is None:
            deviation = float(self(x[None])[0])
        return deviation <= self.digit_limit and all(
            line(x[None])[0] <= self.digit_limit for line in self.others
        )


def outline(x: FloatArray) -> FloatArray:
    """Return the length of the outlines of images (N, 28, 28), (N,): their total variation."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    down, right = np.abs(np.diff(padded, axis=1)), np.abs(np.diff(padded, axis=2))
    length: FloatArray = down.sum(axis=(1, 2)) + right.sum(axis=(1, 2))
    return length


@dataclass(frozen=True)
class Result:
    """What was read in an image.

    Attributes:
        x: (28, 28), the reading that is taken.
        others: the other readings that may be right, each (28, 28), the likeliest first.
        remark: one sentence for the visitor about the reading, or "".
    """

    x: FloatArray
    others: tuple[FloatArray, ...] = ()
    remark: str = ""


def prepare(image: Image.Image) -> FloatArray:
    """Return the digit of an image, light on black, as MNIST would hold it: (28, 28) in [0, 1].

    Dark on light and light on dark give the same. Shade, paper, ruling and dust are left out. See
    `read_image`.
    """
    return read_image(image).x


def read_image(image: Image.Image, typicality: Typicality | None = None) -> Result:
    """Return the digit of an image as MNIST would hold it, and a remark on the reading.

    Args:
        image: of any size and mode.
        typicality: chooses among the readings; without it the plain one is taken.

    Raises:
        ValueError: if there are no strokes, or the image is smaller than 4x4.
    """
    if min(image.size) < MIN_SIDE:
        raise ValueError(
            f"This image is {image.width} x {image.height} pixels: "
            f"send one of at least {MIN_SIDE} x {MIN_SIDE}."
        )
    found: list[Reading] = []
    best = None
    for stage, enough in _stages(image):
        found += stage if typicality is None else _judged(stage, typicality)
        best = choose(found, typicality)
        if best is not None and best.deviation < enough and not _may_be_a_pen(best):
            break
    if best is None:
        raise ValueError(NO_STROKES)
    if typicality is None:
        return Result(best.x)
    others = _alternatives(best, found, typicality)
    return Result(best.x, others, _remark(best, others, typicality))


def _judged(found: list[Reading], typicality: Typicality) -> list[Reading]:
    """Return readings with their deviation from a typical digit."""
    if not found:
        return []
    deviation = typicality(np.stack([reading.x for reading in found]))
    return [
        replace(reading, deviation=float(d)) for reading, d in zip(found, deviation, strict=True)
    ]


def _alternatives(
    best: Reading, found: list[Reading], typicality: Typicality
) -> tuple[FloatArray, ...]:
    """Return the typical readings that differ visibly from the best one and from each other.

    Next to a typical best reading, only another that passes as a digit is worth a visitor's look.
    """
    shown = [best.x]
    for reading in sorted(found, key=lambda reading: reading.deviation):
        if reading.deviation > typicality.limit or len(shown) > MAX_OTHERS:
            break
        if min(float(np.abs(reading.x - other).mean()) for other in shown) <= SAME:
            continue
        if best.deviation > EARLY or _may_be_digit(reading, typicality):
            shown.append(reading.x)
    return tuple(shown[1:])


def _may_be_digit(reading: Reading, typicality: Typicality) -> bool:
    return not reading.unlikely and typicality.is_digit(reading.x, reading.deviation)


def _remark(best: Reading, others: tuple[FloatArray, ...], typicality: Typicality) -> str:
    if best.drawings > 1:
        return SEVERAL
    if not typicality.is_digit(best.x, best.deviation):
        return NO_DIGIT
    if best.cut and best.deviation > typicality.limit / 2:
        return CUT
    return UNCERTAIN if others else ""


def choose(found: list[Reading], typicality: Typicality | None) -> Reading | None:
    """Return the most typical reading, preferably the plain one or one that leaves little out.

    An unlikely reading must be typical of a digit: it is what noise becomes.
    """
    if typicality is None:
        return next((reading for reading in found if not reading.unlikely), None)
    if not found:
        return None
    deviation = np.array([reading.deviation for reading in found])
    left_out = np.array([1 - reading.kept for reading in found])
    noise = np.array([reading.unlikely for reading in found]) & (deviation > typicality.limit)
    if noise.all():
        return None
    plain = np.arange(len(found)) == 0
    straight = np.array([_is_straight(reading.x) for reading in found])
    cost = deviation + KEPT * left_out + STRAIGHT * straight - PLAIN * plain + NEVER * noise
    return found[int(np.argmin(cost))]


def _may_be_a_pen(reading: Reading) -> bool:
    """Return whether a reading is a straight line next to which there is much else."""
    return reading.kept < LITTLE and _is_straight(reading.x)


def _is_straight(x: FloatArray) -> bool:
    """Return whether an image (28, 28) is one straight line: a 1, but also a pen or an axis."""
    weights = x.ravel() / x.sum()
    centered = COORDINATES - (COORDINATES @ weights)[:, None]
    return float(np.linalg.eigvalsh((centered * weights) @ centered.T)[0]) < THIN**2


def _stages(image: Image.Image) -> Iterator[tuple[list[Reading], float]]:
    """Yield the readings of an image, the likely ones first, and what deviation ends the search."""
    enough = EARLY
    if max(image.size) <= DRAWING_SIDE:
        strokes = strokes_of_drawing(luminance(simplify_mode(image)))
        if strokes is not None:
            yield [Reading(center_like_mnist(strokes), kept=1.0)], enough
            enough = LATE
    small = reduce_to(image, WORKING_SIDE)
    whole = Page(luminance(small))
    plain = readings([whole])
    yield list(islice(plain, 1)), enough
    sheets = find_sheets(whole.gray)
    yield list(readings(sheets)), EARLY
    yield list(readings(sheets, even=True)), EARLY
    pages, colored = [whole, *sheets], _color_pages(small)
    yield [*plain, *readings([whole], even=True), *_by_color(_both(colored))], EARLY
    yield [*_both(pages, unlikely=True), *_by_color(_both(colored, unlikely=True))], LATE
    yield [*_both(pages, faint=True), *_both(pages, unlikely=True, faint=True)], NEVER


def _both(pages: list[Page], unlikely: bool = False, faint: bool = False) -> Iterator[Reading]:
    """Yield the readings of pages on paper with shadows and on even paper."""
    for even in (False, True):
        yield from readings(pages, even, unlikely, faint)


def _color_pages(small: Image.Image) -> list[Page]:
    """Return the pages of an image on its color axis, or [] if it is gray."""
    axis = color_axis(small)
    return [] if axis is None else [Page(axis), *find_sheets(axis)]


def _by_color(found: Iterable[Reading]) -> Iterator[Reading]:
    """Yield readings that leave out an image's gray strokes."""
    return (replace(reading, kept=COLOR * reading.kept) for reading in found)
