"""Images that are not single digits, generated from a seed, to measure the check for digits."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from app import images
from app.model.inference import Array

LETTERS = "ACEFHKMNPRTVWXY"  # capitals that do not look like a digit
SEED = 0
FINE = 100  # pixels per side of a generated shape, before it is scaled to 28x28

Draw = Callable[[np.random.Generator, Array], Array]


def non_digits(digits: Array, count: int) -> dict[str, Array]:
    """Return `count` images (N, 28, 28) of each kind, by its name.

    Args:
        digits: (N, 28, 28), for the kinds that show several digits.
        count: images of each kind.
    """
    kinds: dict[str, Draw] = {
        "noise": lambda random, _: random.random((28, 28), np.float32),
        "sparse noise": _sparse,
        "blank": lambda random, _: np.full((28, 28), random.uniform(0, 1), np.float32),
        "filled shapes": _filled,
        "drawn letters": _letter,
        "two digits": lambda random, digits: _several(random, digits, 2),
        "three digits": lambda random, digits: _several(random, digits, 3),
    }
    return {
        name: np.stack([draw(np.random.default_rng((SEED, i)), digits) for i in range(count)])
        for name, draw in kinds.items()
    }


def _sparse(random: np.random.Generator, _: Array) -> Array:
    dots = random.random((40, 40)) < random.uniform(0.02, 0.5)
    return images.center_like_mnist(dots.astype(np.float32))


def _filled(random: np.random.Generator, _: Array) -> Array:
    """Return a filled ellipse, rectangle or triangle."""
    y, x = np.mgrid[-1 : 1 : FINE * 1j, -1 : 1 : FINE * 1j]
    wide, high = random.uniform(0.3, 1, 2)
    shape = [
        (x / wide) ** 2 + (y / high) ** 2 < 1,
        (np.abs(x) < wide) & (np.abs(y) < high),
        (np.abs(x) < wide * (y + high) / (2 * high)) & (np.abs(y) < high),
    ][random.integers(3)]
    return images.center_like_mnist(shape.astype(np.float32))


def _several(random: np.random.Generator, digits: Array, count: int) -> Array:
    chosen = digits[random.integers(len(digits), size=count)]
    return images.center_like_mnist(np.concatenate(list(chosen[:, :, 3:25]), axis=1))


def _letter(random: np.random.Generator, _: Array) -> Array:
    """Return a capital letter in strokes of a random width, slanted and turned a little."""
    strokes = _STROKES[LETTERS[random.integers(len(LETTERS))]]
    turn, slant = random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2)
    transform = np.array([[np.cos(turn), slant - np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    width = random.uniform(0.06, 0.13)
    y, x = np.mgrid[-1.4 : 1.4 : FINE * 1j, -1.4 : 1.4 : FINE * 1j]
    pixels = np.stack((x, y), axis=-1)
    ink = np.zeros((FINE, FINE), np.bool_)
    for stroke in strokes:
        corners = (np.array(stroke) + random.normal(0, 0.05, (len(stroke), 2))) @ transform.T
        for start, end in pairwise(corners):
            along = ((pixels - start) @ (end - start)) / ((end - start) @ (end - start))
            nearest = start + np.clip(along, 0, 1)[..., None] * (end - start)
            ink |= np.linalg.norm(pixels - nearest, axis=-1) < width
    return images.center_like_mnist(ink.astype(np.float32))


# (x, y) from -1 (left, top) to 1 (right, bottom), taller than wide as in handwriting.
_L, _R, _T, _B = -0.7, 0.7, -1.0, 1.0
_STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "A": [[(_L, _B), (0, _T), (_R, _B)], [(-0.4, 0.3), (0.4, 0.3)]],
    "C": [[(_R, -0.7), (0.2, _T), (-0.5, -0.7), (_L, 0), (-0.5, 0.7), (0.2, _B), (_R, 0.7)]],
    "E": [[(_R, _T), (_L, _T), (_L, _B), (_R, _B)], [(_L, 0), (0.5, 0)]],
    "F": [[(_R, _T), (_L, _T), (_L, _B)], [(_L, 0), (0.5, 0)]],
    "H": [[(_L, _T), (_L, _B)], [(_R, _T), (_R, _B)], [(_L, 0), (_R, 0)]],
    "K": [[(_L, _T), (_L, _B)], [(_R, _T), (_L, 0), (_R, _B)]],
    "M": [[(_L, _B), (_L, _T), (0, 0.2), (_R, _T), (_R, _B)]],
    "N": [[(_L, _B), (_L, _T), (_R, _B), (_R, _T)]],
    "P": [[(_L, _B), (_L, _T), (0.4, _T), (_R, -0.5), (0.4, 0), (_L, 0)]],
    "R": [[(_L, _B), (_L, _T), (0.4, _T), (_R, -0.5), (0.4, 0), (_L, 0), (_R, _B)]],
    "T": [[(_L, _T), (_R, _T)], [(0, _T), (0, _B)]],
    "V": [[(_L, _T), (0, _B), (_R, _T)]],
    "W": [[(_L, _T), (-0.4, _B), (0, -0.2), (0.4, _B), (_R, _T)]],
    "X": [[(_L, _T), (_R, _B)], [(_R, _T), (_L, _B)]],
    "Y": [[(_L, _T), (0, 0), (_R, _T)], [(0, 0), (0, _B)]],
}
