"""Labeled images as numpy arrays: conversion of gray levels to bytes and of labels to classes.

Independent of files and models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.images import PREPARATIONS, to_uint8

SIDE = 28
TEST_EVERY = 10
FEW_LEVELS = 16  # scikit-learn's digits have gray levels 0 to 16


@dataclass(frozen=True)
class Labeled:
    """Images with labels, in the order of the files.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: (N,), integers or text.
        test: bool (N,), which images are for the test.
        classes: names of the labels 0, 1, ...; empty if the files do not give them.
        name: name of the data set; "" if the files do not give it.
        prepare: how images were preprocessed; "" if the files do not give it.
        mixed: whether the images are already in random order.
    """

    images: NDArray[np.uint8]
    labels: NDArray[Any]
    test: NDArray[np.bool_]
    classes: tuple[str, ...] = ()
    name: str = ""
    prepare: str = ""
    mixed: bool = False


def every_tenth(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which images are for the test: of each class the first, the eleventh, ..."""
    test = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        test[np.flatnonzero(labels == label)[::TEST_EVERY]] = True
    return test


def name_classes(
    labels: NDArray[Any], names: Sequence[str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return each label as an index of a class, and the names of the classes.

    Args:
        labels: (N,), text or integers, which need not start at 0 or be consecutive.
        names: names of the labels 0, 1, ..., or of the labels that occur, in order; may be empty.

    Raises:
        ValueError: there are too few names.
    """
    values, indices = np.unique(labels, return_inverse=True)
    if values.dtype.kind in "US":
        if names and len(names) != len(values):
            raise ValueError(f"expected {len(values)} class names, got {len(names)}")
        return indices.astype(np.int64), tuple(names or map(str, values))
    if not names:
        return indices.astype(np.int64), tuple(f"class {value}" for value in values)
    if len(names) > values[-1] and values[0] >= 0:
        return labels.astype(np.int64), tuple(names)
    if len(names) == len(values):
        return indices.astype(np.int64), tuple(names)
    raise ValueError(f"a label is {values[-1]}, but there are {len(names)} class names")


def to_images(array: NDArray[Any], prepare: str, source: str) -> NDArray[np.uint8]:
    """Return images as uint8 (N, 28, 28).

    Args:
        array: (N, H, W), (N, H, W, channels), (N, channels, H, W) or (N, H * H); gray levels 0 to
            255, 0 to 1 or -1 to 1.
        prepare: a key of app.images.PREPARATIONS, for sizes other than 28x28 and for color.
        source: name of the array in errors.

    Raises:
        ValueError: the array has another shape or other values.
    """
    pixels = _pixels(array, source)
    levels = _levels(pixels, source)
    if levels.shape[1:] == (SIDE, SIDE):
        return levels
    return np.stack([to_uint8(PREPARATIONS[prepare](Image.fromarray(image))) for image in levels])


def is_images(shape: tuple[int, ...]) -> bool:
    """Return whether an array of this shape may contain images."""
    if len(shape) == 2:
        return shape[1] >= 64 and square_side(shape[1]) > 0
    return len(shape) in (3, 4) and min(shape) > 0 and max(shape[1:]) >= 8


def square_side(count: int) -> int:
    """Return the side of a square image with this number of pixels; 0 if there is no such image."""
    side = round(count**0.5)
    return side if side * side == count else 0


def _pixels(array: NDArray[Any], source: str) -> NDArray[Any]:
    """Return images as (N, H, W) or, in color, as (N, H, W, 3 or 4)."""
    if not is_images(array.shape):
        raise ValueError(f"{source}: expected images (N, 28, 28), got {array.shape}")
    if array.ndim == 2:
        side = square_side(array.shape[1])
        return array.reshape(-1, side, side)
    if array.ndim == 4 and array.shape[1] in (1, 3, 4) and array.shape[3] not in (1, 3, 4):
        array = array.transpose(0, 2, 3, 1)
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim == 4 and array.shape[3] not in (3, 4):
        raise ValueError(f"{source}: expected 1, 3 or 4 channels, got shape {array.shape}")
    return array


def _levels(pixels: NDArray[Any], source: str) -> NDArray[np.uint8]:
    """Return gray levels as bytes."""
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"{source}: expected numbers, got {pixels.dtype}")
    if not np.isfinite(pixels).all():
        raise ValueError(f"{source}: expected finite numbers, got NaN or infinity")
    least, most = float(pixels.min()), float(pixels.max())
    if -1 <= least < 0 and most <= 1:
        pixels, least, most = (pixels + 1) / 2, 0.0, 1.0
    if least < 0 or most > 255:
        raise ValueError(
            f"{source}: expected gray levels 0 to 255 or 0 to 1, got {least:g} to {most:g}"
        )
    if most <= 1:
        scale = 255.0
    elif most <= FEW_LEVELS:
        scale = 255 / most
    else:
        scale = 1.0
    if scale == 1 and pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    levels: NDArray[np.uint8] = np.rint(pixels.astype(np.float32) * scale).astype(np.uint8)
    return levels
