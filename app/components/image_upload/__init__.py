"""Read an image that a visitor sent: from the upload folder only, within the limits on bytes.

Gradio reads any local file that a caller names by a bare path, and decodes data: URLs of any size.
"""

import base64
import binascii
from pathlib import Path

from gradio.utils import get_upload_folder

from app.images import MAX_BYTES


def read_uploaded(path: object) -> bytes:
    """Return the bytes of a file in the upload folder.

    Raises:
        ValueError: the path is outside the folder, or the file is too large.
    """
    file = Path(path if isinstance(path, str) else "").resolve()
    if not file.is_relative_to(Path(get_upload_folder()).resolve()) or not file.is_file():
        raise ValueError("The image must be uploaded, not named by a path.")
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"The image must be at most {MAX_BYTES // 1_000_000} MB.")
    return file.read_bytes()


def read_inline(url: str) -> bytes:
    """Return the bytes of a data: URL, whose length is checked before it is decoded.

    Raises:
        ValueError: it is not base64, or too large.
    """
    _, _, text = url.partition("base64,")
    if not text or len(text) > MAX_BYTES * 4 // 3 + 4:
        raise ValueError(f"The image must be base64 of at most {MAX_BYTES // 1_000_000} MB.")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("The image's data: URL is not base64.") from None
