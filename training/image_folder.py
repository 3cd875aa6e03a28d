"""Reader of a folder of images, as 28x28 images with labels.

`training.image_tree` finds the files and their classes; app.images opens and preprocesses them.
"""

import io
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm  # type: ignore[import-untyped]

from app.images import MAX_BYTES, PREPARATIONS, open_image, to_uint8
from training.image_tree import NETPBM, arrange
from training.labeled import Labeled, every_tenth
from training.left_out import LeftOut

GRAY_MODES = ("1", "L", "LA", "I", "I;16", "F")
COLORFUL = 16  # an image is in color if the channels of a pixel differ by more levels than this
THUMBNAIL = (16, 16)  # pixels; the size at which channels are compared

logger = logging.getLogger(__name__)


def read_image_folder(folder: Path, prepare: str) -> Labeled:
    """Return every image below `folder`, preprocessed; other files are counted in one warning.

    Args:
        folder: a folder with class folders, with images, or with train/ and test/ of either kind.
        prepare: a key of app.images.PREPARATIONS.

    Raises:
        ValueError: there is no image, or none for a class or for the test.
    """
    left_out = LeftOut()
    entries, images, colorful = [], [], 0
    for entry in tqdm(arrange(folder, left_out), unit="file", disable=None):
        try:
            image = _opened(entry.file)
            images.append(to_uint8(PREPARATIONS[prepare](image)))
        except (OSError, ValueError) as error:
            left_out.add([entry.file], str(error).rstrip("."))
            continue
        entries.append(entry)
        colorful += _is_colorful(image)
    if not images:
        raise ValueError(
            f"{folder}: none of its {len(left_out)} files is an image that can be read; "
            f"left out {left_out}"
        )
    left_out.report()
    if colorful:
        logger.warning("%d of %d images are in color and become gray", colorful, len(images))
    names = np.array([entry.name for entry in entries])
    by_folder = entries[0].test is not None
    test = np.array([entry.test for entry in entries]) if by_folder else every_tenth(names)
    _check_parts(folder, names, test)
    return Labeled(np.stack(images), names, test)


def _opened(file: Path) -> Image.Image:
    """Return a decoded image.

    Raises:
        OSError, ValueError: the file cannot be read; the message is the reason.
    """
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 10**6} MB")
    content = file.read_bytes()
    if not NETPBM.match(content):
        return open_image(content)
    try:
        with Image.open(io.BytesIO(content), formats=("PPM",)) as image:
            image.load()
            return image.copy()
    except Exception as error:  # Pillow raises many kinds of errors for a damaged file
        raise ValueError("damaged or cut short") from error


def _is_colorful(image: Image.Image) -> bool:
    """Return whether an image has colors other than grays."""
    if image.mode in GRAY_MODES:
        return False
    small = image.resize(THUMBNAIL).convert("RGB")
    channels: NDArray[np.int16] = np.asarray(small, dtype=np.int16)
    return bool(np.ptp(channels, axis=2).max() > COLORFUL)


def _check_parts(folder: Path, names: NDArray[np.str_], test: NDArray[np.bool_]) -> None:
    if not test.any():
        raise ValueError(f"{folder}: no image in test/ can be read")
    for name in set(names[test].tolist()) - set(names[~test].tolist()):
        raise ValueError(
            f"{folder}: class {name!r} has no image for training: expected two that can be read, "
            "one of them for the test"
        )
