"""Loading of a data set from a folder or a file, as tensors.

Selects the reader by the kinds of the files. Independent of models, losses and training.
"""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from app.registry.dataset_info import MNIST, DatasetInfo
from training.download import WHAT_TO_DO
from training.download import DataUnavailable as DataUnavailable
from training.download import fetch_mnist as fetch_mnist
from training.emnist import upright
from training.idx import holds_idx, read_idx_set, recognized
from training.image_folder import read_image_folder
from training.image_tree import holds_images
from training.labeled import Labeled, name_classes
from training.tables import holds_arrays, holds_table, read_arrays, read_table

PACKED = (".zip", ".tar", ".tgz", ".7z", ".rar", ".tar.gz", ".tar.xz", ".tar.bz2")
DEPTH = 3  # levels of folders below the given one that are searched for a data set
GENERIC = ("raw", "data", "images")  # names of folders that do not name the data set

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Gray images and their classes, in the order of the files.

    Attributes:
        images: uint8 (N, 1, 28, 28), gray levels in [0, 255], strokes bright.
        labels: int64 (N,), because a uint8 tensor used as an index is a mask.
    """

    images: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images for training, images for tests, and the description of the data set."""

    train: ImageSet
    test: ImageSet
    info: DatasetInfo


def data_folder(argument: str | None) -> Path | None:
    """Return the folder of the data: `--data DIR`, else MNIST_DIR, else None (download)."""
    chosen = argument or os.environ.get("MNIST_DIR")
    return Path(chosen).expanduser() if chosen else None


def load_dataset(
    folder: Path | None, prepare: str | None = None, class_names: Sequence[str] | None = None
) -> Dataset:
    """Return the data set in `folder`; None downloads MNIST and verifies it.

    Args:
        folder: a folder with four IDX files, numpy arrays, a CSV table or images, or one such file.
        prepare: a key of app.images.PREPARATIONS, by default "resize". It makes images of other
            sizes 28x28; for images of 28x28 it is only stored for the page.
        class_names: names of the labels 0, 1, ..., instead of those in the folder.

    Raises:
        DataUnavailable: the folder does not exist or has no data.
        ValueError: a file or the arrangement of the files cannot be used.
    """
    if folder is None:
        folder = user_cache() / "mnist"
        fetch_mnist(folder)
    name = _name(folder)
    found = _read(folder, prepare or "resize")
    known = recognized(found)
    if known is None:
        found = upright(found, f"{found.name} {name} {folder}")
    usual = known or DatasetInfo(found.name or name, ("all",), found.prepare or "resize")
    names = class_names or found.classes or (known.classes if known else ())
    try:
        labels, classes = name_classes(found.labels, tuple(names))
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from error
    info = DatasetInfo(usual.name, classes, prepare or usual.prepare)
    images = torch.from_numpy(found.images).unsqueeze(1)
    is_test, targets = torch.from_numpy(found.test), torch.from_numpy(labels)
    train = ImageSet(images[~is_test], targets[~is_test])
    if not found.mixed:
        # The files are in the order of the classes, and `split` holds out the last images.
        order = torch.randperm(len(train.images), generator=torch.Generator().manual_seed(0))
        train = ImageSet(train.images[order], train.labels[order])
    return Dataset(train, ImageSet(images[is_test], targets[is_test]), info)


def _read(folder: Path, prepare: str) -> Labeled:
    """Return the data set in a file or a folder, or the only one below the folder.

    Raises:
        DataUnavailable: the folder does not exist or has no data.
        ValueError: a file or the arrangement of the files cannot be used.
    """
    if not folder.exists():
        raise DataUnavailable(f"{folder}: no such folder; {WHAT_TO_DO}")
    if folder.is_file():
        return _read_file(folder, prepare)
    if (found := _read_files(folder, _visible(folder), prepare)) is not None:
        return found
    if holds_images(folder):
        return read_image_folder(folder, prepare)
    inner = [path for path in _folders_below(folder, DEPTH) if _holds_files(path)]
    if len(inner) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in inner)
        raise ValueError(f"{folder}: expected one data set, got {names}: give one of them, --data")
    if inner:
        logger.warning("reading %s", inner[0])
        found = _read_files(inner[0], _visible(inner[0]), prepare)
        assert found is not None, inner[0]
        return found
    raise DataUnavailable(
        f"{folder}: neither IDX files nor images are there, nor arrays or tables, "
        f"but {_contents(folder)}; {WHAT_TO_DO}"
    )


def _read_file(file: Path, prepare: str) -> Labeled:
    """Return the data set in one file, or in its folder if it is one of the four IDX files."""
    if holds_idx([file]):
        return read_idx_set(file.parent, _visible(file.parent))
    found = _read_files(file, [file], prepare)
    if found is not None:
        return found
    if file.name.lower().endswith(PACKED):
        raise ValueError(f"{file}: expected a folder, got an archive: unpack it, then --data DIR")
    raise ValueError(f"{file}: expected a folder, an .npz or a CSV file of images; {WHAT_TO_DO}")


def _read_files(folder: Path, entries: Sequence[Path], prepare: str) -> Labeled | None:
    """Return the data set in a folder's files; None if they are not IDX, arrays or a table."""
    if holds_idx(entries):
        return read_idx_set(folder, entries)
    if holds_arrays(entries):
        return read_arrays(folder, entries, prepare)
    return read_table(folder, entries, prepare) if holds_table(entries) else None


def _holds_files(folder: Path) -> bool:
    entries = _visible(folder)
    return holds_idx(entries) or holds_arrays(entries) or holds_table(entries)


def _visible(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]


def _folders_below(folder: Path, depth: int) -> list[Path]:
    folders = [path for path in _visible(folder) if path.is_dir()] if depth else []
    return [*folders, *(below for path in folders for below in _folders_below(path, depth - 1))]


def _contents(folder: Path) -> str:
    """Return the number of a folder's entries of each kind, for an error message."""
    kinds = [_kind(path) for path in _visible(folder)]
    counts = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
    return ", ".join(counts) or "nothing"


def _kind(path: Path) -> str:
    if not path.exists():
        return "links that lead nowhere"
    return "folders" if path.is_dir() else path.suffix or path.name


def _name(folder: Path) -> str:
    """Return the name of a data set, by the name of its folder or file."""
    path = folder.resolve()
    if path.is_file():
        path = path.parent if holds_idx([path]) else path.with_suffix("")
    return (path.parent if path.name.lower() in GENERIC else path).name or "data"


def model_name(recipe: str, info: DatasetInfo) -> str:
    """Return the name of a recipe's model, with the data's name unless it is MNIST."""
    if info == MNIST:
        return recipe
    words = re.findall(r"\w+", info.name.lower())
    return "-".join([recipe, *(words or ["data"])])


def user_cache() -> Path:
    """Return the folder for downloads and runs, in $XDG_CACHE_HOME or else in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "vae-demo"


def split(train: ImageSet, held_out: int) -> tuple[ImageSet, ImageSet]:
    """Return `train` without its last `held_out` images, and those images for validation.

    The images are not shuffled: MNIST is in random order, and this split needs no seed.

    Raises:
        ValueError: one of the parts would be empty.
    """
    count = len(train.images)
    if not 0 < held_out < count:
        raise ValueError(f"held_out must be between 1 and {count - 1}, got {held_out}")
    kept = count - held_out
    return (
        ImageSet(train.images[:kept], train.labels[:kept]),
        ImageSet(train.images[kept:], train.labels[kept:]),
    )


def binarize(images: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """Sample binary images: each pixel is 1 with probability level / 255.

    Args:
        images: uint8 (B, 1, 28, 28), gray levels in [0, 255].
        uniform: uniform draws from [0, 1), of the same shape (see `training.noise.uniform`).

    Returns:
        float32 of the same shape, 0 or 1; always 0 at level 0 and 1 at level 255.
    """
    return (uniform * 255 < images).to(torch.float32)


def to_unit(images: torch.Tensor) -> torch.Tensor:
    """Convert uint8 gray levels in [0, 255] to float32 in [0, 1], same shape."""
    return images.to(torch.float32) / 255
