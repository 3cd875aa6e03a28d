"""Readers of images that a visitor sent: from the upload folder only, and of limited size.

Gradio reads any local file whose path a caller sends, and decodes data: URLs of any size.
"""

import base64
import binascii
from pathlib import Path

from gradio.utils import get_upload_folder

from app import images
from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import UploadRequest
from app.images import MAX_BYTES
from app.registry.models import ModelRegistry


def upload_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server function, for the RPC endpoint."""

    def read_upload(request: UploadRequest) -> Payload:
        """Return an uploaded image with and without the preprocessing of MNIST.

        raw: the image, only resized. prepared: the preprocessed image; null without strokes.
        others: further readings that may be right. remark: one sentence or "".
        """
        image = images.open_image(read_uploaded(request.path))
        raw = pack_images(images.resize_raw(image))
        try:
            result = images.read_image(image, registry.typicality)
        except ValueError as error:
            return {"raw": raw, "prepared": None, "others": [], "remark": str(error)}
        return {
            "raw": raw,
            "prepared": pack_images(result.x),
            "others": [pack_images(other) for other in result.others],
            "remark": result.remark,
        }

    return [read_upload]


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
