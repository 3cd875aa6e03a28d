"""Reader of IDX files, four of which make a data set such as MNIST or Fashion-MNIST."""

import hashlib
import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.registry.dataset_info import MNIST, DatasetInfo
from training.download import SHA256, WHAT_TO_DO, DataUnavailable, unpacked
from training.labeled import SIDE, Labeled

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
# Four IDX files do not name their data set, so the usual ones are recognized by checksum.
KNOWN = ((SHA256, MNIST), (FASHION_SHA256, FASHION_MNIST))
CLASS_NAMES = "classes.txt"  # next to IDX files, one name a line
IDX_UINT8 = b"\x00\x00\x08"  # two zero bytes, then the code of the element type: unsigned byte
TYPES = {0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
NAME = re.compile(
    r"(?P<set>.*?)[-_.]?(?P<part>train|t10k|test)[-_.](?P<kind>images|labels)"
    r"[-_.]idx\d[-_.](?:ubyte|int)(?:\.gz)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _File:
    path: Path
    set: str
    part: str  # train or t10k
    kind: str  # images or labels


def holds_idx(entries: Sequence[Path]) -> bool:
    """Return whether one of a folder's entries has the name of an IDX file."""
    return bool(_files(entries))


def read_idx_set(folder: Path, entries: Sequence[Path]) -> Labeled:
    """Return the data set in the IDX files among a folder's entries.

    Raises:
        DataUnavailable: one of the four files is missing.
        ValueError: a file is broken or has another shape, or there is more than one data set.
    """
    files = _files(entries)
    sets = sorted({file.set for file in files})
    if len(sets) > 1:
        raise ValueError(
            f"{folder}: expected one data set, got {', '.join(name or 'one' for name in sets)}: "
            "move the four files of one to a folder and give that, --data DIR"
        )
    parts = [_read_part(folder, files, part) for part in ("train", "t10k")]
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    test = np.arange(len(labels)) >= len(parts[0][1])
    return Labeled(images, labels, test, _names_in(folder), sets[0], mixed=True)


def recognized(found: Labeled) -> DatasetInfo | None:
    """Return which of the KNOWN data sets these images and labels are; None for other data.

    The checksums are computed from the data as IDX files, so the format of the source is arbitrary.
    """
    if not found.mixed or found.labels.dtype.kind not in "iu" or found.labels.max() > 255:
        return None
    sums = {}
    for part, chosen in (("train", ~found.test), ("t10k", found.test)):
        arrays = ("images", found.images[chosen]), ("labels", found.labels[chosen])
        for kind, array in arrays:
            header = IDX_UINT8 + struct.pack(f">B{array.ndim}I", array.ndim, *array.shape)
            content = header + array.astype(np.uint8).tobytes()
            name = f"{part}-{kind}-idx{array.ndim}-ubyte"
            sums[name] = hashlib.sha256(content).hexdigest()
    return next((info for theirs, info in KNOWN if theirs == sums), None)


def _files(entries: Sequence[Path]) -> list[_File]:
    """Return the IDX files among entries, or within a folder of the file's name.

    Some archives unpack each file into such a folder.
    """
    found = []
    for entry in entries:
        match = NAME.fullmatch(entry.name)
        if match is None:
            continue
        path = entry
        if entry.is_dir():
            inner = [file for file in sorted(entry.iterdir()) if NAME.fullmatch(file.name)]
            if not inner:
                continue
            path = inner[0]
        part = "train" if match["part"].lower() == "train" else "t10k"
        found.append(_File(path, match["set"], part, match["kind"].lower()))
    return found


def _find(folder: Path, files: Sequence[_File], part: str, kind: str) -> Path:
    """Return the file of a part and a kind, preferably one that is not compressed.

    Raises:
        DataUnavailable: there is no such file.
    """
    paths = [file.path for file in files if (file.part, file.kind) == (part, kind)]
    if not paths:
        name = f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte"
        raise DataUnavailable(f"{folder}: no {name} or {name}.gz; {WHAT_TO_DO}")
    return min(paths, key=lambda path: (path.suffix == ".gz", path.name))


def _read_part(
    folder: Path, files: Sequence[_File], part: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    paths = [_find(folder, files, part, kind) for kind in ("images", "labels")]
    images, labels = (read_idx(path).numpy() for path in paths)
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"{paths[0]}: expected (N, 28, 28), got {images.shape}")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{paths[1]}: expected ({len(images)},), got {labels.shape}")
    return images, labels.astype(np.int64)


def _names_in(folder: Path) -> tuple[str, ...]:
    """Return the class names in the file next to IDX files, or () without such a file."""
    file = folder / CLASS_NAMES
    return tuple(file.read_text(encoding="utf-8").strip().splitlines()) if file.is_file() else ()


def read_idx(path: Path) -> torch.Tensor:
    """Return the array in an IDX file of unsigned bytes, as uint8 of the file's shape.

    The first bytes tell whether it is compressed, because browsers unpack a file and keep its name.

    Raises:
        ValueError: the file is not an IDX file of unsigned bytes.
    """
    content = unpacked(path)
    if len(content) >= 4 and content[:2] == b"\0\0" and content[2] in TYPES:
        found = f"{TYPES[content[2]]} in {content[3]} dimensions"
        raise ValueError(
            f"{path}: neither gzip nor IDX of unsigned bytes, it starts with "
            f"{content[:4].hex(' ')}, {found}; convert it to unsigned bytes"
        )
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
    # A bytearray is writable: PyTorch does not protect the memory of read-only bytes.
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=header).reshape(shape)
