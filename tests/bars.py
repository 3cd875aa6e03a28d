"""A data set of bright bars in MNIST's four files, which a model learns within seconds."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def bars(count: int) -> NDArray[np.uint8]:
    """Return images of vertical bars, uint8 (count, 28, 28)."""
    images = np.zeros((count, 28, 28), np.uint8)
    for image, column in zip(images, np.random.default_rng(0).integers(4, 22, count), strict=True):
        image[4:24, column : column + 3] = 255
    return images


def write_bars(folder: Path, count: int) -> Path:
    """Write `count` training and `count` test images to `folder`, and return the folder."""
    return write_idx(folder, bars(count), np.zeros(count, np.uint8))


def write_idx(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Path:
    """Write the same images for training and test as four IDX files, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("train", "t10k"):
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (folder / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())
    return folder
