"""Ink in grey pictures: finding it on a drawing or a photographed page, and placing it as MNIST's.

Arrays in, arrays out, [0, 1] throughout; Pillow only resizes. What `find` returns is light on
exactly 0, whichever way the picture had it.

MNIST's own preparation (LeCun et al., "Gradient-based learning applied to document recognition",
1998, section III.A): the digit's box is scaled to fit 20x20 with its aspect ratio kept, and its
centre of mass is moved to the centre of 28x28 by whole pixels.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

SIDE = 28
INK_SIDE = 20  # MNIST: the longest side of the ink's box
CENTRE = 14.0  # MNIST: the pixel index nearest to which the centre of mass lies
DRAWING_SIDE = 128  # what is smaller may be the drawing pad's or MNIST's, without noise
WORKING_SIDE = 512  # ink is looked for at no more than this
POLARITY_SIDE = 256  # whether it is dark or light is told at no more than this
COARSE_SIDE = 96  # and the paper's shade at no more than this
WINDOWS = (0.18, 0.36)  # of its longest side: wider than a pen's stroke, than a marker's
STEEP = 0.3  # lamps and shadows fall by less than this over half a window
FLAT = 2.5 / 255  # a drawing's background varies by less
FAINT = 0.12  # and its strokes by more
MIN_CONTRAST = 0.06  # of ink against paper; what is fainter is paper
CORE_OVER_FAINTEST = 1.7  # the shade of a crease ends where it begins, ink is clearly darker
MIN_STROKE = 1.7  # pixels of 28: thinner than 95 % of MNIST; a thinner pen is widened to this
LABELLED_SIDE = 128  # parts of the ink are told apart at no more than this
SMALLEST_DIGIT = 0.0002  # of the picture; what is smaller is dust
SMALLEST_PART = 0.06  # of the largest part's ink; what is smaller is dust

NO_INK = "There is no ink found in this picture: send a dark digit on light paper, or the reverse."

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


def find(grey: FloatArray) -> FloatArray:
    """The ink of a picture (H, W): the drawing pad's and MNIST's as it is, a photo's off its paper.

    Raises:
        ValueError: if there is none.
    """
    drawn = _drawn_ink(grey)
    return _photographed_ink(grey) if drawn is None else drawn


def place(ink: FloatArray) -> FloatArray:
    """(H, W) -> (28, 28), as MNIST holds it; ink that is placed so already is left as it is."""
    return ink if _is_prepared(ink) else _centred(_with_bright_core(_scaled(_cropped(ink))))


def _drawn_ink(grey: FloatArray) -> FloatArray | None:
    """The ink of a small drawing on an even background; None for what may be a photo.

    (H, W) -> (H, W), both in [0, 1]; the ink is light on exactly 0. The background is the level
    that rules the border; of what differs from it, a good part is as far from it as can be.
    """
    if max(grey.shape) > DRAWING_SIDE:
        return None
    border = np.concatenate((grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]))
    levels = np.bincount((border * 255 + 0.5).astype(np.intp), minlength=256)
    difference = grey - np.float32(levels.argmax() / 255)
    distance = np.abs(difference)
    other = np.count_nonzero(distance > FLAT)
    bold = np.count_nonzero(distance > 0.6 * max(distance.max(), FAINT))
    if other == 0:
        raise ValueError(NO_INK)
    if bold < 0.25 * other or other > 0.7 * grey.size:
        return None
    ink = difference if difference.sum() > 0 else -difference
    return np.where(ink > FLAT, ink, np.float32(0))


def _is_prepared(ink: FloatArray) -> bool:
    """Whether ink (H, W) already lies as MNIST's: resampling it would only blur it."""
    if ink.shape != (SIDE, SIDE) or ink.max() < 0.9:
        return False
    top, bottom, left, right = _box(ink)
    y, x = _centre_of_mass(ink)
    fills = INK_SIDE - 1 <= max(bottom - top, right - left) <= INK_SIDE
    return fills and max(abs(y - CENTRE), abs(x - CENTRE)) < 0.55


def _box(ink: FloatArray) -> tuple[int, int, int, int]:
    """(top, bottom, left, right) of what is not 0, bottom and right exclusive."""
    rows = np.flatnonzero(ink.any(axis=1))
    columns = np.flatnonzero(ink.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _centre_of_mass(ink: FloatArray) -> tuple[float, float]:
    total = ink.sum()
    y = (ink.sum(axis=1) * np.arange(ink.shape[0])).sum() / total
    x = (ink.sum(axis=0) * np.arange(ink.shape[1])).sum() / total
    return float(y), float(x)


def _cropped(ink: FloatArray) -> FloatArray:
    """The box of the ink, without an edge too faint to be seen."""
    top, bottom, left, right = _box(np.where(ink > 0.1 * ink.max(), ink, np.float32(0)))
    cropped: FloatArray = ink[top:bottom, left:right]
    return cropped


def _scaled(ink: FloatArray) -> FloatArray:
    """Cropped ink (H, W) -> its longest side 20, by area, from five times that size.

    A pen thinner than MNIST's is widened on the way: made small alone, it would all but vanish.
    """
    fine = 5
    height, width = _fitted(ink.shape, INK_SIDE)
    drawing = resized(ink, height * fine, width * fine)
    missing = MIN_STROKE * fine - _stroke_width(drawing)
    if missing > 1:
        drawing = _widened(drawing, 2 * round(missing / 2))
        height, width = _fitted(drawing.shape, INK_SIDE)
    return np.clip(resized(drawing, height, width), 0, 1)


def resized(grey: FloatArray, height: int, width: int) -> FloatArray:
    """By area where it shrinks; where it grows, with a slope between pixels."""
    shrinks = height <= grey.shape[0] and width <= grey.shape[1]
    how = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(grey).resize((width, height), how), dtype=np.float32)


def _fitted(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    scale = longest / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def _stroke_width(ink: FloatArray) -> float:
    """Twice area over perimeter, in pixels; the perimeter of grey ink is its total variation."""
    padded = np.pad(ink, 1)
    variation = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    return float(2 * ink.sum() / (variation * np.pi / 4))


def _widened(drawing: FloatArray, by: int) -> FloatArray:
    """Strokes wider by an even number of pixels, and the picture too."""
    return _sliding_max(np.pad(drawing, by), by + 1)


def _with_bright_core(ink: FloatArray) -> FloatArray:
    """The contrast raised until the middle of the strokes is white, as in MNIST."""
    core = float(np.quantile(ink[ink > 0.3 * ink.max()], 0.8))
    bright: FloatArray = np.clip(ink / np.float32(core), 0, 1)
    return bright


def _centred(ink: FloatArray) -> FloatArray:
    """Ink of at most 20x20 on (28, 28): its centre of mass in the middle, by whole pixels."""
    y, x = _centre_of_mass(ink)
    canvas = np.zeros((3 * SIDE, 3 * SIDE), np.float32)
    top, left = (SIDE + round(CENTRE - at) for at in (y, x))
    canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return canvas[SIDE : 2 * SIDE, SIDE : 2 * SIDE].copy()


# Photos


def _photographed_ink(grey: FloatArray) -> FloatArray:
    """The ink on unevenly lit, grainy, ruled paper: (H, W) -> (H, W) in [0, 1], 0 off the strokes.

    Raises:
        ValueError: if nothing stands out from the paper.
    """
    contrast = _contrast(grey)
    faintest = max(MIN_CONTRAST, 6 * _noise(contrast))
    contrast = _without_ruling(contrast, contrast > faintest)
    candidates = contrast[contrast > faintest]
    if candidates.size == 0:
        raise ValueError(NO_INK)
    threshold = min(_otsu(candidates), 0.5 * float(np.quantile(candidates, 0.95)))
    threshold = max(threshold, faintest)
    strokes = _digit(contrast, contrast > threshold)
    core = float(np.quantile(contrast[strokes & (contrast > threshold)], 0.7))
    if core < CORE_OVER_FAINTEST * faintest:
        raise ValueError(NO_INK)
    low = 0.5 * threshold
    return np.where(strokes, np.clip((contrast - low) / (core - low), 0, 1), 0).astype(np.float32)


def _noise(contrast: FloatArray) -> float:
    """The standard deviation of bare paper: of what is lighter than the median, as no ink is."""
    middle = np.median(contrast)
    return 1.4826 * float(np.median(middle - contrast[contrast <= middle]))


def _contrast(grey: FloatArray) -> FloatArray:
    """The share of the paper's light that is missing: (H, W), about 0 on paper, up to 1 on ink.

    Light ink is treated as dark ink on the inverted picture.
    """
    if _ink_is_light(_at_most(grey, POLARITY_SIDE)):
        grey = 1 - grey
    paper = resized(_paper(_at_most(grey, COARSE_SIDE)), *grey.shape)
    return np.subtract(1, grey / np.maximum(paper, np.float32(0.05)), dtype=np.float32)


def _at_most(grey: FloatArray, side: int) -> FloatArray:
    """Grey with its longest side at most this."""
    return resized(grey, *_fitted(grey.shape, min(side, max(grey.shape))))


def _ink_is_light(grey: FloatArray) -> bool:
    """Whether narrow things are lighter than what is around them, at the width they show best.

    The skewness of a stroke's difference to its surroundings has the sign of the ink, while the
    two sides of a shadow's edge cancel.
    """
    skews = []
    for radius in (1, 2, 4, 8, 16):
        ridges = _mean_around(grey, radius) - _mean_around(grey, 3 * radius)
        skews.append((ridges**3).mean() / ((ridges**2).mean() ** 1.5 + 1e-12))
    return float(max(skews, key=abs)) > 0


def _mean_around(values: FloatArray, radius: int) -> FloatArray:
    """The mean over a square of 2 * radius + 1, the border repeated outwards."""
    window = 2 * radius + 1
    for _ in range(2):
        padded = np.pad(values, ((0, 0), (radius + 1, radius)), mode="edge").cumsum(axis=1)
        values = ((padded[:, window:] - padded[:, :-window]) / window).T
    return values


def _paper(coarse: FloatArray) -> FloatArray:
    """The paper's shade under dark ink: (h, w) -> (h, w).

    A closing fills what is darker and narrower than its window, and keeps slopes and the edge of a
    shadow. The window is wide only if there are strokes that a narrower one sees nothing of.
    """
    calm = np.asarray(Image.fromarray(coarse).filter(ImageFilter.MedianFilter(3)))
    narrow, wide = (_closed(calm, round(max(calm.shape) * share)) for share in WINDOWS)
    edge_y, edge_x = (n // 8 for n in calm.shape)
    middle = np.s_[edge_y : calm.shape[0] - edge_y, edge_x : calm.shape[1] - edge_x]
    seen, there = (np.quantile((shade - calm)[middle], 0.97) for shade in (narrow, wide))
    return wide if there > 3 * max(seen, MIN_CONTRAST) else narrow


def _closed(values: FloatArray, window: int) -> FloatArray:
    """Values with what is narrower than window and darker than its surroundings filled.

    At the border the light goes on falling at its own slope, so that a slope stays as it is; unless
    it falls so steeply that it is ink, cut by the border.
    """
    reach = max(2, window // 2 * 2)
    level = np.pad(values, reach, mode="edge")
    sloped = np.minimum(level, np.pad(values, reach, mode="reflect", reflect_type="odd"))
    going_on = -_sliding_max(-_sliding_max(sloped, reach + 1), reach + 1)
    inside = _sliding_max(level, reach + 1)[reach // 2 : -reach // 2, reach // 2 : -reach // 2]
    ending = -_sliding_max(np.pad(-inside, reach // 2, mode="edge"), reach + 1)
    return np.where(ending - going_on > STEEP, ending, going_on)


def _sliding_max(values: FloatArray, window: int) -> FloatArray:
    """The maximum over every window x window that lies within values."""
    return _sliding_max_down(_sliding_max_down(values, window).T, window).T


def _sliding_max_down(values: FloatArray, window: int) -> FloatArray:
    """The maximum over every window rows: (H, W) -> (H - window + 1, W)."""
    height = values.shape[0] - window + 1
    result = values[:height]
    for offset in range(1, window):
        result = np.maximum(result, values[offset : offset + height])
    return result


def _otsu(values: FloatArray) -> float:
    """Otsu's threshold: the level that parts values (N,) into the two tightest classes."""
    counts, edges = np.histogram(values, bins=64)
    levels = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    total = np.cumsum(counts * levels)
    mean_below = total[:-1] / np.maximum(below, 1)
    mean_above = (total[-1] - total[:-1]) / np.maximum(above, 1)
    return float(edges[1:-1][np.argmax(below * above * (mean_below - mean_above) ** 2)])


def _without_ruling(contrast: FloatArray, mask: BoolArray) -> FloatArray:
    """The contrast without a notebook's lines; where a stroke crosses one, the stroke stays."""
    for _ in range(2):  # the lines across, then, transposed, the lines down
        lines = _lines_across(mask)
        if lines.any():
            lines &= contrast < 1.7 * np.median(contrast[lines])  # darker than the line: a pen
            kept = _opened_down(contrast, 7)
            contrast = np.where(lines, np.minimum(contrast, kept), contrast)
        contrast, mask = contrast.T, mask.T
    return contrast


def _lines_across(mask: BoolArray) -> BoolArray:
    """Where thin straight lines run from side to side of mask (H, W), up to 10 degrees askew."""
    height, width = mask.shape
    y, x = np.nonzero(mask)
    lines = np.zeros_like(mask)
    reach = round(width * math.tan(math.radians(10)))
    rows = height + 2 * reach
    margin = max(1, width // 20)
    at_left, at_right = x < margin, x >= width - margin
    for rise in range(-reach, reach + 1, 2):
        row = y - np.round(x * (rise / width)).astype(np.intp) + reach
        filled = np.bincount(row, minlength=rows) / width
        thin = np.maximum(np.roll(filled, 5), np.roll(filled, -5)) < 0.35
        through = (filled + np.roll(filled, 1) > 0.6) & thin
        for end in (at_left, at_right):
            through &= _near(np.bincount(row[end], minlength=rows) > 0)
        hit = _near(through)[row]
        lines[y[hit], x[hit]] = True
    return lines


def _near(rows: BoolArray) -> BoolArray:
    """Rows (N,) and two on either side of each."""
    return np.convolve(rows, np.ones(5), mode="same") > 0.5


def _opened_down(values: FloatArray, window: int) -> FloatArray:
    """Values without what is bright over fewer than window rows."""
    for sign in (-1, 1):
        padded = np.pad(sign * values, ((window // 2, window // 2), (0, 0)), mode="edge")
        values = sign * _sliding_max_down(padded, window)
    return values


def _digit(contrast: FloatArray, mask: BoolArray) -> BoolArray:
    """Where the digit's strokes and their soft edges are: the parts of mask that are not dust.

    Parts are told apart on cells of a few pixels, so that a broken stroke stays one.

    Raises:
        ValueError: if all of it is dust.
    """
    height, width = mask.shape
    cell = math.ceil(max(height, width) / LABELLED_SIDE)
    labels = _labels(_grown(_cells(mask, cell)))
    label_of = labels.repeat(cell, axis=0).repeat(cell, axis=1)[:height, :width]
    ink = np.bincount(label_of[mask], weights=contrast[mask], minlength=labels.max() + 1)
    ink[_lies_along_border(labels)] = 0
    largest = int(np.argmax(ink))
    if np.count_nonzero(mask & (label_of == largest)) < SMALLEST_DIGIT * mask.size:
        raise ValueError(NO_INK)
    kept: BoolArray = (ink >= SMALLEST_PART * ink[largest])[label_of]
    return kept & (label_of > 0)


def _lies_along_border(labels: NDArray[np.intp]) -> BoolArray:
    """For each label, whether it fills a fifth of the border: a shadow or the table, not ink."""
    border = np.concatenate((labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]))
    share = np.bincount(border, minlength=labels.max() + 1) / border.size
    return np.asarray(share > 1 / 5, np.bool_)


def _cells(mask: BoolArray, cell: int) -> BoolArray:
    """Which cells of cell x cell pixels hold any of mask."""
    height, width = (-(-n // cell) for n in mask.shape)
    whole = np.zeros((height * cell, width * cell), np.bool_)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(whole.reshape(height, cell, width, cell).any(axis=(1, 3)), np.bool_)


def _grown(mask: BoolArray) -> BoolArray:
    """Mask and its eight neighbours."""
    sides = np.pad(mask, 1)
    grown = np.zeros_like(mask)
    for dy, dx in np.ndindex(3, 3):
        grown |= sides[dy : dy + mask.shape[0], dx : dx + mask.shape[1]]
    return grown


def _labels(mask: BoolArray) -> NDArray[np.intp]:
    """Connected parts of mask (h, w), across sides: the same number > 0 for each, 0 off the mask.

    Every pixel points to the lowest one it is known to be joined to, until nothing moves.
    """
    index = np.arange(1, mask.size + 1).reshape(mask.shape)
    across, down = mask[:, 1:] & mask[:, :-1], mask[1:] & mask[:-1]
    one = np.concatenate((index[:, 1:][across], index[1:][down]))
    other = np.concatenate((index[:, :-1][across], index[:-1][down]))
    root = np.arange(mask.size + 1)
    while (apart := root[one] != root[other]).any():
        a, b = root[one[apart]], root[other[apart]]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while (root[root] != root).any():
            root = root[root]
    return np.where(mask, root[index], 0)
