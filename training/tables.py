"""Readers of arrays and tables: .npz and .npy of numpy, CSV with the pixels of an image per row."""

import csv
import gzip
import logging
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.labeled import Labeled, every_tenth, is_images, square_side, to_images

ARRAYS = (".npz", ".npy")
TABLES = (".csv", ".csv.gz", ".tsv")
ROLES = {"train": "train", "test": "test|t10k", "val": "val"}  # part -> pattern in its names
LABEL_COLUMNS = ("label", "labels", "class", "target", "y")

logger = logging.getLogger(__name__)


def role_of(name: str) -> str:
    """Return the part that a name contains, "train", "test" or "val"; "" for other names."""
    return next((role for role, words in ROLES.items() if re.search(words, name.lower())), "")


# Arrays


def holds_arrays(entries: Sequence[Path]) -> bool:
    """Return whether numpy files among `entries` contain images."""
    files = [entry for entry in entries if entry.suffix.lower() in ARRAYS and entry.is_file()]
    return any(is_images(array.shape) for file in files for _, array in _arrays_in(file))


def read_arrays(folder: Path, entries: Sequence[Path], prepare: str) -> Labeled:
    """Return the images and labels in numpy files.

    Arrays are distinguished by their names (x_train, test_images, train-labels.npz) and shapes.

    Raises:
        ValueError: there are no images for training, or the labels do not fit the images.
    """
    images: dict[str, NDArray[Any]] = {}
    labels: dict[str, NDArray[Any]] = {}
    for file in (entry for entry in entries if entry.suffix.lower() in ARRAYS):
        for name, array in _arrays_in(file):
            role = role_of(name) or role_of(file.stem)
            kind = images if is_images(array.shape) else labels
            if kind is labels and array.size != len(array):
                raise ValueError(f"{file}: {name} is neither images nor labels: {array.shape}")
            if role in kind:
                raise ValueError(f"{file}: {name} is one more array for {role or 'all images'}")
            kind[role] = array if kind is images else array.reshape(-1)
    parts = {
        role: (to_images(array, prepare, f"{folder}, {role or 'images'}"), labels.get(role))
        for role, array in images.items()
    }
    return _together(folder, parts)


def _arrays_in(file: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of a file with their names.

    Raises:
        ValueError: the file is broken, or contains pickled objects, which could run code.
    """
    try:
        content = np.load(file, allow_pickle=False)
        if isinstance(content, np.ndarray):
            yield file.stem, content
            return
        with content:
            yield from content.items()
    except (EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{file}: not arrays that can be read ({error})") from error


# Tables


def holds_table(entries: Sequence[Path]) -> bool:
    """Return whether a CSV file among `entries` has a row of pixels for each image."""
    return any(_pixel_columns(file) for file in _tables(entries))


def _tables(entries: Sequence[Path]) -> list[Path]:
    return [entry for entry in entries if entry.name.lower().endswith(TABLES) and entry.is_file()]


def read_table(folder: Path, entries: Sequence[Path], prepare: str) -> Labeled:
    """Return the images and labels in CSV files.

    A file without labels, such as Kaggle's test.csv, is left out if another file has labels.

    Raises:
        ValueError: a file cannot be read, or two files are for the same part.
    """
    files = [file for file in _tables(entries) if _pixel_columns(file)]
    labeled = [file for file in files if _label_column(file) is not None]
    for file in (set(files) - set(labeled)) if labeled else ():
        logger.warning("left out %s: it has no labels", file.name)
    parts: dict[str, tuple[NDArray[np.uint8], NDArray[Any] | None]] = {}
    for file in labeled or files:
        role = role_of(file.stem) if len(labeled or files) > 1 else ""
        if role in parts:
            raise ValueError(f"{file}: one more table for {role or 'all images'}: give one folder")
        pixels, labels = _read_csv(file)
        parts[role] = to_images(pixels, prepare, str(file)), labels
    return _together(folder, parts)


def _first_row(file: Path) -> tuple[list[str], str]:
    """Return the cells of the first row, and the separator."""
    opened = gzip.open if file.suffix.lower() == ".gz" else open
    with opened(file, "rt", encoding="utf-8-sig", errors="replace") as lines:
        line = lines.readline()
    separator = max(",;\t", key=line.count)
    return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), []), separator


def _pixel_columns(file: Path) -> int:
    """Return how many columns are pixels; 0 if the file is not a table of square images."""
    cells, _ = _first_row(file)
    return next(
        (count for count in (len(cells), len(cells) - 1) if count >= 64 and square_side(count)), 0
    )


def _label_column(file: Path) -> int | None:
    """Return the index of the column with labels, by its name or else the first; None without."""
    cells, _ = _first_row(file)
    if _pixel_columns(file) == len(cells):
        return None
    named = (i for i, cell in enumerate(cells) if cell.strip().lower() in LABEL_COLUMNS)
    return next(named, 0)


def _read_csv(file: Path) -> tuple[NDArray[np.float32], NDArray[Any] | None]:
    """Return (N, pixels) and the labels, integers or text.

    Raises:
        ValueError: a cell is not a number.
    """
    cells, separator = _first_row(file)
    header = not all(re.fullmatch(r"\s*-?\d+\s*", cell) for cell in cells[1:-1])
    label = _label_column(file)
    columns = [i for i in range(len(cells)) if i != label]

    def load(dtype: type, wanted: list[int] | None = None) -> NDArray[Any]:
        return np.loadtxt(
            file,
            dtype,
            delimiter=separator,
            skiprows=int(header),
            usecols=wanted,
            ndmin=2,
            quotechar='"',
        )

    try:
        if label is None:
            return load(np.float32), None
        try:
            table = load(np.float32)
            return table[:, columns], table[:, label].astype(np.int64)
        except ValueError:  # labels that are text
            return load(np.float32, columns), load(str, [label])[:, 0]
    except ValueError as error:
        raise ValueError(f"{file}: not a table of numbers ({error})") from error


def _together(
    folder: Path, parts: dict[str, tuple[NDArray[np.uint8], NDArray[Any] | None]]
) -> Labeled:
    """Return the parts as one data set; every tenth image is for the test if no part is.

    Raises:
        ValueError: no part is for training, or the labels do not fit the images.
    """
    train = parts.get("train") or parts.get("")
    if train is None:
        raise ValueError(f"{folder}: expected images for training, got those of {', '.join(parts)}")
    test = parts.get("test") or parts.get("val")
    if "test" in parts and "val" in parts:
        logger.warning("left out the %d images for validation", len(parts["val"][0]))
    labels = [_fitting(folder, *part) for part in (train, test) if part]
    images = [part[0] for part in (train, test) if part]
    if test is None:
        return Labeled(images[0], labels[0], every_tenth(labels[0]))
    is_test = np.arange(len(images[0]) + len(images[1])) >= len(images[0])
    return Labeled(np.concatenate(images), np.concatenate(labels), is_test, mixed=True)


def _fitting(folder: Path, images: NDArray[np.uint8], labels: NDArray[Any] | None) -> NDArray[Any]:
    """Return the labels of images; without labels all images are of one class."""
    if labels is None:
        return np.full(len(images), folder.stem)
    if len(labels) != len(images):
        raise ValueError(f"{folder}: expected {len(images)} labels, got {len(labels)}")
    if labels.dtype.kind == "f" and (labels == labels.astype(np.int64)).all():
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "iuUS":
        raise ValueError(f"{folder}: expected whole numbers or text as labels, got {labels.dtype}")
    return labels.astype(np.int64) if labels.dtype.kind in "iu" else labels
