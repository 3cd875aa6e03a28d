"""List the ways to read one image: inside which region, on which color axis, which of its parts.

A photo of a sheet on a desk, a framed figure and a tight crop need different rules, and no rule can
tell them apart safely. So each rule is a reading here, prepared to (28, 28), and
`app.images.reader` chooses among them by how typical of a digit each is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import ndimage

from app.images.arrays import BoolArray, FloatArray, at_most, median_of_9, otsu, resized
from app.images.preprocess import center_like_mnist
from app.images.strokes import (
    COARSE_SIDE,
    SMALLEST_PART,
    Parts,
    find_parts,
    has_light_strokes,
    remove_background,
)

SHEET_SHARES = (0.03, 0.97)  # of the image; a smaller region is a stroke, a larger one is the image
SHEETS_PER_SIDE = 2
MIN_PAGE = 4  # pixels
EDGE_STEP = 0.08  # luminance: a sheet differs from the desk by more, along
EDGE_SHARE = 0.8  # of its outline
ALONG_BORDER = 0.2  # of the image's border: a part that covers more is the desk or a shadow
MAX_GAP = 0.12  # of the larger one's size: parts nearer than this are one drawing
MAX_GROUPED = 30  # parts; more of them are texture
GROUPS = 4  # drawings that are tried alone
SIMILAR = 0.5  # of the largest drawing's size: a smaller one is a dot, an icon or a hole
MIN_INSIDE = 0.02  # of a frame's strokes: what is drawn inside has more


@dataclass(frozen=True)
class Reading:
    """One way to read an image.

    Attributes:
        x: (28, 28), as MNIST would hold it.
        kept: the share of the image that this reading explains: of its area, the share inside the
            sheet; of the strokes there, the share that is shown.
        cut: whether the strokes touch the border of the image.
        drawings: how many drawings of similar size the image holds, if the reading is one of them.
        unlikely: whether the strokes are faint, or light where narrow things are mostly dark or
            dark where they are mostly light.
        deviation: from a typical digit, in standard deviations; 0 until a model has judged it.
    """

    x: FloatArray
    kept: float
    cut: bool = False
    drawings: int = 1
    unlikely: bool = False
    deviation: float = 0.0


@dataclass(frozen=True)
class Page:
    """A region that may hold the digit: the whole image, or one of its sheets.

    Attributes:
        gray: (H, W), the luminance or the position on a color axis.
        region: where to look, (H, W), or None for everywhere.
        share: of the image's area that the region fills.
    """

    gray: FloatArray
    region: BoolArray | None = None
    share: float = 1.0

    @cached_property
    def has_light_strokes(self) -> bool:
        """Return whether narrow things are mostly lighter than their surroundings."""
        return has_light_strokes(self.gray)


def readings(
    pages: Iterable[Page], even: bool = False, unlikely: bool = False, faint: bool = False
) -> Iterator[Reading]:
    """Yield the readings of pages; of a whole image, the plain one comes first.

    Args:
        pages: of one image.
        even: see `remove_background`.
        unlikely: look for light strokes where narrow things are mostly dark, or the reverse.
        faint: look for strokes that are barely darker than the noise.
    """
    for page in pages:
        if min(page.gray.shape) < MIN_PAGE:
            continue
        dark = 1 - page.gray if page.has_light_strokes != unlikely else page.gray
        for reading in _readings_inside(dark, page.region, even, faint):
            yield replace(reading, kept=page.share * reading.kept, unlikely=unlikely or faint)


# Sheets


def find_sheets(gray: FloatArray) -> list[Page]:
    """Return the pages of an image (H, W) that may be a sheet, a card or the inside of a frame."""
    return [_isolate(gray, sheet) for sheet in _sheet_regions(gray)]


def _sheet_regions(gray: FloatArray) -> list[BoolArray]:
    """Return the regions (h, w) of a coarse image that may be a sheet.

    They are the largest regions that are lighter or darker than Otsu's threshold and have a sharp
    edge, with their holes filled: the holes are the strokes.
    """
    coarse = median_of_9(at_most(gray, COARSE_SIDE))
    light = coarse > otsu(coarse.ravel())
    sheets = []
    for side in (light, ~light):
        labels, _ = ndimage.label(ndimage.binary_opening(side, np.ones((3, 3))))
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        low, high = SHEET_SHARES
        for label in np.argsort(sizes)[::-1][:SHEETS_PER_SIDE]:
            if sizes[label] <= low * side.size:
                break
            region = ndimage.binary_fill_holes(labels == label)
            if region.mean() < high and _edge(coarse, region):
                sheets.append(region)
    return sheets


def _edge(coarse: FloatArray, region: BoolArray) -> bool:
    """Return whether the shade steps along most of the region's outline, so it is not a shadow."""
    outline = region & ~ndimage.binary_erosion(region, border_value=1)
    inside = ndimage.binary_erosion(region, iterations=2, border_value=1)
    outside = ~ndimage.binary_dilation(region)
    if not (inside.any() and outside.any()):
        return False
    step = _nearest(coarse, inside)[outline] - _nearest(coarse, outside)[outline]
    return float(np.mean(np.abs(step) > EDGE_STEP)) > EDGE_SHARE


def _nearest(values: FloatArray, mask: BoolArray) -> FloatArray:
    """Return each pixel's value at the nearest pixel of the mask."""
    nearest = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)
    painted: FloatArray = values[tuple(nearest)]
    return painted


def _isolate(gray: FloatArray, sheet: BoolArray) -> Page:
    """Return the box of a sheet without its edge, its surroundings painted over.

    Args:
        gray: (H, W).
        sheet: (h, w), of the coarse image.
    """
    inside = ndimage.binary_erosion(sheet, iterations=2, border_value=1)
    region = resized(inside.astype(np.float32), *gray.shape) > 0.999
    boxes = ndimage.find_objects(region.astype(np.int8))
    if not boxes:
        return Page(gray[:0], region[:0])
    share = float(np.count_nonzero(region) / gray.size)
    gray, region = gray[boxes[0]], region[boxes[0]]
    return Page(gray if region.all() else _nearest(gray, region), region, share)


# Parts


def _readings_inside(
    dark: FloatArray, region: BoolArray | None, even: bool, faint: bool
) -> Iterator[Reading]:
    parts = find_parts(remove_background(dark, even), region, faint)
    if parts is None:
        return
    for chosen, drawings in dict(_selections(parts)).items():
        strokes = parts.strokes(list(chosen))
        if strokes is not None:
            mass = parts.mass
            yield Reading(
                center_like_mnist(strokes),
                kept=float(mass[list(chosen)].sum() / mass.sum()),
                cut=bool(parts.border_share[list(chosen)].any()),
                drawings=drawings,
            )


def _selections(parts: Parts) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield sets of parts that may be the digit, and of how many drawings each is one."""
    labels = [label for label in range(1, len(parts.mass)) if parts.mass[label] > 0]
    inner = _without_dust(parts, [i for i in labels if parts.border_share[i] == 0])
    frames = {frame: _inside(parts, frame, labels) for frame in _without_dust(parts, labels)}
    frames = {frame: inside for frame, inside in frames.items() if inside}
    groups = _groups(parts, [i for i in inner if i not in frames])
    singles = [[max(group, key=lambda i: parts.mass[i])] for group in groups]
    plain = _without_dust(parts, [i for i in labels if parts.border_share[i] <= ALONG_BORDER])
    for chosen in (plain, inner, _without_dust(parts, labels), *frames.values()):
        if chosen:
            yield tuple(sorted(chosen)), 1
    drawings = _similar(parts, groups)
    for chosen in (*groups, *singles):
        yield tuple(sorted(chosen)), drawings


def _without_dust(parts: Parts, labels: list[int]) -> list[int]:
    largest = max((parts.mass[label] for label in labels), default=0)
    return [label for label in labels if parts.mass[label] >= SMALLEST_PART * largest]


def _inside(parts: Parts, frame: int, labels: list[int]) -> list[int]:
    """Return the parts inside the box of a part, if they are not dust."""
    rows, columns = parts.boxes[frame - 1]
    inside = [
        label
        for label in labels
        for r, c in [parts.boxes[label - 1]]
        if rows.start < r.start and r.stop < rows.stop
        if columns.start < c.start and c.stop < columns.stop
    ]
    inside = _without_dust(parts, inside)
    mass = max((parts.mass[label] for label in inside), default=0)
    return inside if mass > MIN_INSIDE * parts.mass[frame] else []


def _groups(parts: Parts, labels: list[int]) -> list[list[int]]:
    """Return parts that are near to each other as groups, the largest first."""
    groups = [[label] for label in labels]
    if len(groups) > MAX_GROUPED:
        return []
    while pair := _near_pair([_box(parts, group) for group in groups]):
        one, other = pair
        groups[one] += groups.pop(other)
    return sorted(groups, key=lambda group: -parts.mass[group].sum())[:GROUPS]


def _similar(parts: Parts, groups: list[list[int]]) -> int:
    """Return how many groups are nearly as large as the largest."""
    boxes = [_box(parts, group) for group in groups]
    sizes = [max(box[2:] - box[:2]) for box in boxes]
    return sum(size > SIMILAR * max(sizes) for size in sizes)


def _box(parts: Parts, group: list[int]) -> Any:
    """Return (top, left, bottom, right) of a group of parts."""
    corners = [(r.start, c.start, r.stop, c.stop) for r, c in (parts.boxes[i - 1] for i in group)]
    return np.concatenate((np.min(corners, axis=0)[:2], np.max(corners, axis=0)[2:]))


def _near_pair(boxes: list[Any]) -> tuple[int, int] | None:
    for other, b in enumerate(boxes):
        for one, a in enumerate(boxes[:other]):
            gap = max(*(a[:2] - b[2:]), *(b[:2] - a[2:]))
            if gap < MAX_GAP * max(*(a[2:] - a[:2]), *(b[2:] - b[:2])):
                return one, other
    return None
