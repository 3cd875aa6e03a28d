"""A folder of pictures as 28x28 images with labels: sub-folders are classes.

    photos/cat/*.png            every tenth picture of each class is for the test
    photos/train/cat/*.png      or the folder says itself which are
    photos/*.png                without sub-folders there is one class

Boundary: knows files and numpy; pictures are opened and prepared by app.images.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from mimetypes import MimeTypes
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm  # type: ignore[import-untyped]

from app.images import MAX_BYTES, PREPARATIONS, open_image, to_uint8

TEST_EVERY = 10
NAMED = 3  # of the files that were left out
_TYPES = MimeTypes()  # Python's own table, which is the same on every machine

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FolderImages:
    """All images of a folder, sorted by class and path.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: int64 (N,), indices of `classes`.
        test: bool (N,), which images are for the test.
        classes: the sub-folders' names, in the order of the alphabet.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    test: NDArray[np.bool_]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    file: Path
    name: str  # of its class
    test: bool | None  # None where the folder does not say


def holds_images(folder: Path) -> bool:
    """Whether there is anything below `folder` that may be a picture."""
    return next(iter(_pictures(folder)), None) is not None


def read_image_folder(folder: Path, prepare: str) -> FolderImages:
    """Every picture below `folder`, prepared; what cannot be read is left out with one warning.

    Args:
        folder: with class folders, with pictures, or with train/ and test/ that hold either.
        prepare: a key of app.images.PREPARATIONS.

    Raises:
        ValueError: one sentence, for an arrangement that leaves a class or the test without images.
    """
    found = _entries(folder)
    prepared = [_prepared(entry.file, prepare) for entry in tqdm(found, unit="file", disable=None)]
    _report([entry.file for entry, image in zip(found, prepared, strict=True) if image is None])
    entries = [entry for entry, image in zip(found, prepared, strict=True) if image is not None]
    images = [image for image in prepared if image is not None]
    if not images:
        raise ValueError(f"{folder}: none of its {len(found)} files is a picture that can be read")
    names = np.array([entry.name for entry in entries])
    classes, labels = np.unique(names, return_inverse=True)
    test = _every_tenth(labels) if entries[0].test is None else np.array([e.test for e in entries])
    _check_parts(folder, names, test)
    return FolderImages(np.stack(images), labels.astype(np.int64), test, tuple(classes.tolist()))


def _entries(folder: Path) -> list[_Entry]:
    parts = [name for name in ("train", "test") if holds_images(folder / name)]
    if len(parts) == 1:
        raise ValueError(f"{folder}: of train/ and test/ only {parts[0]}/ has pictures")
    if not parts:
        return [_Entry(file, name, None) for file, name in _classified(folder)]
    return [
        _Entry(file, name, part == "test")
        for part in parts
        for file, name in _classified(folder / part, folder.resolve().name)
    ]


def _classified(folder: Path, only_class: str = "") -> list[tuple[Path, str]]:
    """The pictures below `folder` and their classes; `only_class` names that of loose pictures."""
    files = sorted(_pictures(folder))
    loose = [file for file in files if file.parent == folder]
    if loose and len(loose) < len(files):
        raise ValueError(
            f"{folder}: some pictures lie in class folders and some beside them, as {loose[0].name}"
        )
    if loose:
        return [(file, only_class or folder.resolve().name) for file in files]
    return [(file, file.relative_to(folder).parts[0]) for file in files]


def _pictures(folder: Path) -> Iterable[Path]:
    """The files below `folder` that may be pictures: hidden ones and other types are none."""
    for file in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        kind, _ = _TYPES.guess_type(file.name)
        if not hidden and (kind is None or kind.startswith("image/")) and file.is_file():
            yield file


def _prepared(file: Path, prepare: str) -> NDArray[np.uint8] | None:
    """uint8 (28, 28), or None where nothing can be made of the file."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return None
        return to_uint8(PREPARATIONS[prepare](open_image(file.read_bytes())))
    except (OSError, ValueError):
        return None


def _report(left_out: list[Path]) -> None:
    if left_out:
        names = ", ".join(file.name for file in left_out[:NAMED])
        more = ", ..." if len(left_out) > NAMED else ""
        logger.warning("left out %d unreadable files: %s%s", len(left_out), names, more)


def _every_tenth(labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Of each class the first image, the eleventh, ..."""
    test = np.zeros(len(labels), np.bool_)
    for label in range(labels.max() + 1):
        test[np.flatnonzero(labels == label)[::TEST_EVERY]] = True
    return test


def _check_parts(folder: Path, names: NDArray[np.str_], test: NDArray[np.bool_]) -> None:
    if not test.any():
        raise ValueError(f"{folder}: no picture in test/ can be read")
    for name in set(names[test].tolist()) - set(names[~test].tolist()):
        raise ValueError(
            f"{folder}: class {name!r} has no picture to train on: it takes two that can be read, "
            "one of them for the test"
        )
