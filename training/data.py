"""Files in, tensors out: four IDX files or a folder of pictures, and their forms as network input.

Boundary: knows files, mirrors, checksums and tensors; nothing about models, losses or training.
"""

import gzip
import hashlib
import logging
import math
import os
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from app.registry.dataset_info import MNIST, DatasetInfo
from training.image_folder import holds_images, read_image_folder

# Of the uncompressed bytes: one file has been gzipped in more than one way.
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
FASHION_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
FASHION_MNIST = DatasetInfo(
    "Fashion-MNIST",
    (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    "resize",
)
# What four IDX files hold does not say what they are, so the usual ones are known by their bytes.
KNOWN = ((SHA256, MNIST), (FASHION_SHA256, FASHION_MNIST))
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://yann.lecun.com/exdb/mnist/",
)
WHAT_TO_DO = "give --data DIR or set MNIST_DIR, a folder of pictures or with " + ", ".join(
    f"{name}.gz" for name in SHA256
)
CLASS_NAMES = "classes.txt"  # beside IDX files, one name a line

GZIP_MAGIC = b"\x1f\x8b"
IDX_UINT8 = b"\x00\x00\x08"  # two zero bytes, then the code of the element type: unsigned byte

logger = logging.getLogger(__name__)


class DataUnavailable(RuntimeError):
    """No usable files; the message is one line that says what to do about it."""


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Grey images and their classes, in the order of the files.

    `images`: uint8 (N, 1, 28, 28), grey levels in [0, 255], ink is bright.
    `labels`: int64 (N,), because a uint8 tensor used as an index is a mask.
    """

    images: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a model learns from, what it is measured on, and what both are."""

    train: ImageSet
    test: ImageSet
    info: DatasetInfo


def data_folder(argument: str | None) -> Path | None:
    """The folder a person chose: `--data DIR`, else MNIST_DIR, else None (download)."""
    chosen = argument or os.environ.get("MNIST_DIR")
    return Path(chosen).expanduser() if chosen else None


def load_dataset(
    folder: Path | None, prepare: str | None = None, class_names: Sequence[str] | None = None
) -> Dataset:
    """The images in `folder`: four IDX files or pictures; None downloads MNIST and verifies it.

    Args:
        folder: recognised by what it holds; see training.image_folder for pictures.
        prepare: a key of app.images.PREPARATIONS. Pictures become 28x28 by it, "resize" unless
            told otherwise; for IDX files, which are 28x28 already, it is only noted for the page.
        class_names: of the labels 0, 1, ..., instead of what the folder says.

    Raises:
        DataUnavailable: there is nothing to read.
        ValueError: one sentence, for a file or an arrangement that cannot be used.
    """
    if folder is None:
        folder = user_cache() / "mnist"
        fetch_mnist(folder)
    if any(folder.glob("*idx[13]-ubyte*")):
        return _idx_dataset(folder, prepare, class_names)
    if holds_images(folder):
        return _pictures_dataset(folder, prepare or "resize", class_names)
    raise DataUnavailable(f"{folder}: neither IDX files nor pictures are there; {WHAT_TO_DO}")


def _idx_dataset(folder: Path, prepare: str | None, class_names: Sequence[str] | None) -> Dataset:
    train, test = _read_set(folder, "train"), _read_set(folder, "t10k")
    count = int(max(train.labels.max(), test.labels.max())) + 1
    numbered = tuple(f"class {label}" for label in range(count))
    info = _recognised(folder) or DatasetInfo(folder.resolve().name, numbered, "resize")
    names = tuple(class_names or _names_in(folder) or info.classes)
    if len(names) < count:
        raise ValueError(
            f"{folder}: a label is {count - 1}, but there are {len(names)} class names"
        )
    return Dataset(train, test, replace(info, classes=names, prepare=prepare or info.prepare))


def _recognised(folder: Path) -> DatasetInfo | None:
    """Which of the KNOWN sets the four IDX files are."""
    sums = {name: hashlib.sha256(_unpacked(_find(folder, name))).hexdigest() for name in SHA256}
    return next((info for theirs, info in KNOWN if theirs == sums), None)


def _names_in(folder: Path) -> list[str]:
    """The class names that lie beside IDX files, none if there is no such file."""
    file = folder / CLASS_NAMES
    return file.read_text(encoding="utf-8").strip().splitlines() if file.is_file() else []


def _pictures_dataset(folder: Path, prepare: str, class_names: Sequence[str] | None) -> Dataset:
    found = read_image_folder(folder, prepare)
    if class_names and len(class_names) != len(found.classes):
        raise ValueError(
            f"{folder}: {len(found.classes)} classes, but {len(class_names)} class names"
        )
    info = DatasetInfo(folder.resolve().name, tuple(class_names or found.classes), prepare)
    images = torch.from_numpy(found.images).unsqueeze(1)
    labels, is_test = torch.from_numpy(found.labels), torch.from_numpy(found.test)
    # Mixed, since they come class by class and `split` holds out the last of them.
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(int((~is_test).sum()), generator=generator)
    train = ImageSet(images[~is_test][order], labels[~is_test][order])
    return Dataset(train, ImageSet(images[is_test], labels[is_test]), info)


def model_name(recipe: str, info: DatasetInfo) -> str:
    """What a model of that recipe is called: data other than MNIST shows in the name."""
    if info == MNIST:
        return recipe
    words = re.findall(r"\w+", info.name.lower())
    return "-".join([recipe, *(words or ["data"])])


def user_cache() -> Path:
    """Where downloads and runs are kept: below $XDG_CACHE_HOME, else below ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "vae-demo"


def fetch_mnist(
    cache: Path,
    mirrors: Sequence[str] = MIRRORS,
    sums: Mapping[str, str] = SHA256,
    timeout: float = 10.0,
) -> None:
    """Put every file of `sums` into `cache`, uncompressed, unless a file with its sum is there.

    `mirrors`: base URLs with a final slash, tried in order. `sums`: file name to SHA-256 of the
    uncompressed bytes. `timeout`: seconds to connect, and between two pieces of an answer.
    Raises DataUnavailable when no mirror gives a file. No unverified byte gets its final name.
    """
    for name, sha256 in sums.items():
        _fetch(name, sha256, cache, mirrors, timeout)


def _fetch(name: str, sha256: str, cache: Path, mirrors: Sequence[str], timeout: float) -> None:
    import pooch  # type: ignore[import-untyped]  # a run with --data does without it

    failures = []
    for mirror in mirrors:
        url = f"{mirror}{name}.gz"
        download = partial(_download_unpacked, timeout=timeout)
        try:
            pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=cache, downloader=download)
            return
        except (OSError, ValueError) as error:  # OSError: the network's and the disk's alike
            logger.warning("%s: %s", url, error)
            failures.append(f"{mirror}: {type(error).__name__}")
    raise DataUnavailable(f"could not download {name} ({', '.join(failures)}); {WHAT_TO_DO}")


def _download_unpacked(url: str, output_file: str, _pooch: object, *, timeout: float) -> None:
    """A pooch downloader that unpacks, so that pooch compares the sum of the uncompressed bytes."""
    import pooch

    pooch.HTTPDownloader(progressbar=True, timeout=timeout)(url, output_file, None)
    path = Path(output_file)
    path.write_bytes(_unpacked(path))


def read_idx(path: Path) -> torch.Tensor:
    """The array in an IDX file of unsigned bytes, gzipped or not, as uint8 of the file's shape.

    Whether it is gzipped is read from its first bytes, since browsers unpack and keep the name.
    Raises ValueError naming the file and what is wrong with it.
    """
    content = _unpacked(path)
    if len(content) < 4 or content[:3] != IDX_UINT8:
        start = content[:4].hex(" ") or "nothing"
        raise ValueError(f"{path}: neither gzip nor IDX of unsigned bytes, it starts with {start}")
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise ValueError(f"{path}: truncated inside its header, {len(content)} of {header} bytes")
    shape = struct.unpack(f">{content[3]}I", content[4:header])
    if 0 in shape:
        raise ValueError(f"{path}: empty, its shape is {shape}")
    expected = header + math.prod(shape)
    if len(content) != expected:
        verdict = "truncated" if len(content) < expected else "too long"
        found = f"{len(content)} bytes, its shape {shape} takes {expected}"
        raise ValueError(f"{path}: {verdict}, {found}")
    # A bytearray, since a tensor over read-only bytes could be written to by mistake.
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=header).reshape(shape)


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: broken or truncated gzip ({error})") from error


def _read_set(folder: Path, name: str) -> ImageSet:
    images_path = _find(folder, f"{name}-images-idx3-ubyte")
    labels_path = _find(folder, f"{name}-labels-idx1-ubyte")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"{images_path}: expected (N, 28, 28), got {tuple(images.shape)}")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{labels_path}: expected ({len(images)},), got {tuple(labels.shape)}")
    return ImageSet(images.unsqueeze(1), labels.to(torch.int64))


def _find(folder: Path, name: str) -> Path:
    dotted = name.replace("-idx", ".idx")  # how some archives spell it
    for candidate in (name, f"{name}.gz", dotted, f"{dotted}.gz"):
        if (folder / candidate).is_file():
            return folder / candidate
    raise DataUnavailable(f"{folder}: no {name} or {name}.gz; {WHAT_TO_DO}")


def split(train: ImageSet, held_out: int) -> tuple[ImageSet, ImageSet]:
    """`train` without its last `held_out` images, and those images, as validation.

    Not shuffled: MNIST's order is already mixed, and a fixed cut needs no seed to be repeated.
    Raises ValueError unless both parts get at least one image.
    """
    count = len(train.images)
    if not 0 < held_out < count:
        raise ValueError(f"held_out must be between 1 and {count - 1}, got {held_out}")
    kept = count - held_out
    return (
        ImageSet(train.images[:kept], train.labels[:kept]),
        ImageSet(train.images[kept:], train.labels[kept:]),
    )


def binarise(images: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """A black-or-white draw of grey images: each pixel is 1 with probability level / 255.

    `images`: uint8 (B, 1, 28, 28), grey levels in [0, 255]. `uniform`: of the same shape, drawn
    from [0, 1) (see `training.noise.uniform`); so 0 never gives ink and 255 always does.
    Returns float32 of the same shape, 0 or 1.
    """
    return (uniform * 255 < images).to(torch.float32)


def to_unit(images: torch.Tensor) -> torch.Tensor:
    """uint8 grey levels in [0, 255] as float32 in [0, 1], same shape."""
    return images.to(torch.float32) / 255
