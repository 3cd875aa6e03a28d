"""Extract pen strokes from a gray image (H, W): arrays in, arrays out, [0, 1] throughout.

remove_background  gray -> contrast, the share of the paper's light that is missing
find_parts         contrast -> its connected parts above a threshold
Parts.strokes      some of the parts -> (h, w), light on exactly 0
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.images.arrays import BoolArray, FloatArray, at_most, median_of_9, otsu, resized

COARSE_SIDE = 96  # the paper's shade varies slowly
WINDOWS = (0.18, 0.36)  # of the longest side: wider than a pen's stroke, than a marker's
MOSTLY_STROKES = 0.3  # a median contrast above this is not the paper's
STEEP = 0.3  # lamps and shadows fall by less than this over half a window
MIN_CONTRAST = 0.06  # of strokes against paper; fainter things are paper
CORE_OVER_FAINTEST = 1.7  # the shade of a crease ends where it begins, a stroke is clearly darker
SMALLEST_RULED = 32  # pixels: in less there is no telling a line from a stroke
RISE_STEP = 3  # pixels over the width, between two tilts at which a line is searched
SMOOTHING = 1.5  # pixels: of noise, for faint strokes
ENOUGH_PIXELS = 4000  # to know the noise to a few percent
SMALLEST_DIGIT = 0.0002  # of the image; smaller things are dust
SMALLEST_PART = 0.06  # of the largest part's strokes; smaller things are dust
DRAWING_SIDE = 128  # a smaller image may be the drawing pad's or MNIST's, without noise
FLAT = 2.5 / 255  # the background of a drawing varies by less
FAINT = 0.12  # the strokes of a drawing differ from it by more

NO_STROKES = (
    "There is no ink found in this image: send a dark digit on light paper, or the reverse."
)


def strokes_of_drawing(gray: FloatArray) -> FloatArray | None:
    """Return the strokes of a small drawing on an even background, or None if it may be a photo.

    The background is the commonest level of the border. Of what differs from it, a good part must
    be as different as possible.

    Raises:
        ValueError: if nothing differs from the background.
    """
    if max(gray.shape) > DRAWING_SIDE:
        return None
    border = np.concatenate((gray[0], gray[-1], gray[1:-1, 0], gray[1:-1, -1]))
    levels = np.bincount((border * 255 + 0.5).astype(np.intp), minlength=256)
    difference = gray - np.float32(levels.argmax() / 255)
    distance = np.abs(difference)
    other = np.count_nonzero(distance > FLAT)
    bold = np.count_nonzero(distance > 0.6 * max(distance.max(), FAINT))
    if other == 0:
        raise ValueError(NO_STROKES)
    if bold < 0.25 * other or other > 0.7 * gray.size:
        return None
    strokes = difference if difference.sum() > 0 else -difference
    return np.where(strokes > FLAT, strokes, np.float32(0))


def has_light_strokes(gray: FloatArray) -> bool:
    """Return whether narrow things are lighter than their surroundings, at their best scale.

    The skewness of a stroke's difference to its surroundings has the sign of the stroke, while the
    two sides of a shadow's edge cancel.
    """
    gray = at_most(gray, COARSE_SIDE)
    skews = []
    for radius in (1, 2, 4, 8):
        ridges = ndimage.uniform_filter(gray, 2 * radius + 1, mode="nearest")
        ridges -= ndimage.uniform_filter(gray, 6 * radius + 1, mode="nearest")
        squares = ridges * ridges
        skews.append(float((squares * ridges).mean() / (squares.mean() ** 1.5 + 1e-12)))
    return bool(max(skews, key=abs) > 0)


# Background


def remove_background(gray: FloatArray, even: bool = False) -> FloatArray:
    """Return the contrast of dark strokes: (H, W), about 0 on paper, up to 1 on strokes.

    Args:
        gray: with dark strokes; invert an image with light ones.
        even: assume a paper whose shade is a smooth surface over the whole image; it also fits
            strokes that fill the image. Otherwise the paper is what a closing leaves, which follows
            the edges of shadows.
    """
    coarse = at_most(gray, COARSE_SIDE)
    shade = _smooth_surface(coarse) if even else _local_background(coarse)
    paper = resized(shade, *gray.shape)
    return np.asarray((paper - gray) / np.maximum(paper, 0.05), dtype=np.float32)


def _local_background(coarse: FloatArray) -> FloatArray:
    """Return the paper's shade under dark strokes: a closing of (h, w).

    The window is wide only if a narrower one misses strokes.
    """
    smooth = median_of_9(coarse)
    narrow, wide = (round(max(smooth.shape) * share) for share in WINDOWS)
    edge_y, edge_x = (n // 8 for n in smooth.shape)
    middle = np.s_[edge_y : smooth.shape[0] - edge_y, edge_x : smooth.shape[1] - edge_x]
    shade = _closing(smooth, narrow)
    many = 3 * max(np.quantile((shade - smooth)[middle], 0.97), MIN_CONTRAST)
    if many >= 1:  # no window can find more
        return shade
    wider = _closing(smooth, wide)
    return wider if np.quantile((wider - smooth)[middle], 0.97) > many else shade


def _closing(values: FloatArray, window: int) -> FloatArray:
    """Return values with everything filled that is darker and narrower than the window.

    Beyond the border the light continues with its own slope, so that a slope is kept, unless it
    falls so steeply that it is a stroke cut by the border.
    """
    reach = max(2, window // 2 * 2)
    level = np.pad(values, reach, mode="edge")
    sloped = np.minimum(level, np.pad(values, reach, mode="reflect", reflect_type="odd"))
    continuing: FloatArray = ndimage.grey_closing(sloped, reach + 1)[reach:-reach, reach:-reach]
    if values.max() - continuing.min() <= STEEP:  # nothing is lighter than the lightest value
        return continuing
    ending: FloatArray = ndimage.grey_closing(values, reach + 1, mode="nearest")
    return np.where(ending - continuing > STEEP, ending, continuing)


def _smooth_surface(coarse: FloatArray) -> FloatArray:
    """Return a quadratic surface fitted to the lighter pixels of (h, w), without the strokes."""
    y, x = (axis / max(coarse.shape) * 2 - 1 for axis in np.indices(coarse.shape))
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    paper = coarse > otsu(coarse.ravel())
    surface = coarse
    for _ in range(3):
        if np.count_nonzero(paper) < 2 * terms.shape[-1]:
            return np.full_like(coarse, coarse.max())
        inside = terms[paper]
        fit, *_ = np.linalg.lstsq(inside.T @ inside, inside.T @ coarse[paper], rcond=None)
        surface = (terms @ fit).astype(np.float32)
        paper = np.abs(coarse - surface) < max(0.05, 2 * float((coarse - surface)[paper].std()))
    return surface


# Ruling


def remove_ruled_lines(contrast: FloatArray, mask: BoolArray) -> FloatArray:
    """Return the contrast without a notebook's lines; a stroke that crosses a line is kept."""
    if min(contrast.shape) < SMALLEST_RULED:
        return contrast
    for _ in range(2):  # horizontal lines, then, transposed, vertical ones
        lines = _horizontal_lines(mask)
        if lines.any():
            lines &= contrast < 1.7 * np.median(contrast[lines])  # a darker pixel is the pen's
            kept = ndimage.grey_opening(contrast, (5, 1))
            contrast = np.where(lines, np.minimum(contrast, kept), contrast)
        contrast, mask = contrast.T, mask.T
    return contrast


def _horizontal_lines(mask: BoolArray) -> BoolArray:
    """Return thin straight lines from side to side of mask (H, W), tilted by at most 10 degrees."""
    height, width = mask.shape
    margin = max(1, width // 20)
    lines = np.zeros_like(mask)
    if not (mask[:, :margin].any() and mask[:, -margin:].any()):
        return lines
    reach = round(width * math.tan(math.radians(10)))
    rows = height + 2 * reach
    y, x = np.nonzero(mask)
    ends = [np.flatnonzero(end) for end in (x < margin, x >= width - margin)]
    columns = np.arange(width) / width
    for rise in range(-reach, reach + 1, RISE_STEP):
        row = y - np.round(rise * columns).astype(np.intp)[x] + reach
        filled = np.bincount(row, minlength=rows) / width
        if (filled[1:] + filled[:-1]).max() <= 0.6:
            continue
        through = filled + np.roll(filled, 1) > 0.6
        through &= np.maximum(np.roll(filled, 5), np.roll(filled, -5)) < 0.35  # thin
        for end in ends:
            through &= _near(np.bincount(row[end], minlength=rows) > 0)
        if through.any():
            hit = _near(through)[row]
            lines[y[hit], x[hit]] = True
    return lines


def _near(rows: BoolArray) -> BoolArray:
    """Return rows (N,) and the two on either side of each."""
    return np.convolve(rows, np.ones(5), mode="same") > 0.5


# Parts


@dataclass(frozen=True)
class Parts:
    """The connected parts of a contrast map, numbered from 1 by `labels`.

    Attributes:
        contrast: (H, W).
        labels: (H, W); a part includes its soft edge.
        threshold: the contrast above which a pixel belongs to a part.
        faintest: the contrast of the faintest thing that is not paper.
    """

    contrast: FloatArray
    labels: NDArray[np.int32]
    threshold: float
    faintest: float

    @cached_property
    def mask(self) -> BoolArray:
        """Return which pixels are above the threshold, (H, W)."""
        return self.contrast > self.threshold

    @cached_property
    def mass(self) -> NDArray[Any]:
        """Return the contrast of each label, added up; index 0 is the paper's and is 0."""
        mass = np.bincount(
            self.labels[self.mask], self.contrast[self.mask], minlength=self.labels.max() + 1
        )
        mass[0] = 0
        return mass

    @cached_property
    def border_share(self) -> NDArray[np.floating]:
        """Return the share of the border that each label covers."""
        labels = self.labels
        border = np.concatenate((labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]))
        return np.bincount(border, minlength=labels.max() + 1) / border.size

    @cached_property
    def boxes(self) -> list[Any]:
        """Return the rows and columns of each label, from label 1 on, as slices."""
        boxes: list[Any] = ndimage.find_objects(self.labels)
        return boxes

    def strokes(self, chosen: list[int]) -> FloatArray | None:
        """Return the box of the chosen parts, light on exactly 0; None if they are too faint."""
        slices = [self.boxes[label - 1] for label in chosen]
        window = tuple(
            slice(min(s[axis].start for s in slices), max(s[axis].stop for s in slices))
            for axis in (0, 1)
        )
        contrast = self.contrast[window]
        kept = np.isin(self.labels[window], chosen)
        cores = contrast[kept & (contrast > self.threshold)]
        if cores.size < SMALLEST_DIGIT * self.contrast.size:
            return None
        core = float(np.quantile(cores, 0.7))
        if core < CORE_OVER_FAINTEST * self.faintest:
            return None
        low = 0.5 * self.threshold
        scaled = np.clip((contrast - low) / (core - low), 0, 1)
        return np.where(kept, scaled, 0).astype(np.float32)


def find_parts(
    contrast: FloatArray, region: BoolArray | None = None, faint: bool = False
) -> Parts | None:
    """Return the parts of a contrast map; None if nothing is darker than the paper.

    Args:
        contrast: (H, W), see `remove_background`.
        region: where to look, (H, W); everything else counts as paper.
        faint: smooth the noise and accept a lower contrast.
    """
    if faint:
        contrast = ndimage.gaussian_filter(contrast, SMOOTHING)
    inside = contrast if region is None else contrast[region]
    faintest = max(MIN_CONTRAST / 3 if faint else MIN_CONTRAST, 6 * _noise(inside))
    if region is not None:
        contrast = np.where(region, contrast, np.float32(0))
    contrast = remove_ruled_lines(contrast, contrast > faintest)
    candidates = contrast[contrast > faintest]
    if candidates.size == 0:
        return None
    threshold = min(otsu(candidates), 0.5 * float(np.quantile(candidates, 0.95)))
    threshold = max(threshold, faintest)
    grown = ndimage.maximum_filter(contrast > threshold, 5)
    labels, _ = ndimage.label(grown, np.ones((3, 3)))
    return Parts(contrast, labels, threshold, faintest)


def _noise(contrast: FloatArray) -> float:
    """Return the standard deviation of bare paper, from pixels lighter than the median.

    Strokes that fill most of the image have a high median, and the paper is then at 0.
    """
    contrast = contrast.ravel()[:: contrast.size // ENOUGH_PIXELS + 1]
    middle = np.median(contrast)
    if middle > MOSTLY_STROKES:
        middle = np.float32(0)
    lighter = contrast[contrast <= middle]
    return 1.4826 * float(np.median(middle - lighter)) if lighter.size else 0.0
