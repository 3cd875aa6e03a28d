"""Checked image input: `gr.Image` for images from the upload folder or inline only.

Gradio reads any local file that a caller names by a path, and decodes data: URLs of any size. Here
bytes and pixels are limited before decoding, and an invalid image is a sentence for the caller.
"""

import base64
import binascii
from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image

from app.images import MAX_BYTES, open_image


class CheckedImage(gr.Image):
    """A `gr.Image` whose value is None or a PIL image in its native mode, from `open_image`."""

    is_template = True  # the front end treats it as a gr.Image

    def __init__(self, label: str) -> None:
        super().__init__(type="pil", image_mode=None, label=label)

    def preprocess(self, payload: ImageData | None) -> Image.Image | None:
        """Return the decoded image; raise gr.Error with one sentence if it is not acceptable."""
        if payload is None:
            return None
        try:
            url = payload.url or ""
            inline = url.startswith("data:")
            return open_image(_inline(url) if inline else read_uploaded(payload.path))
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None


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


def _inline(url: str) -> bytes:
    """Return the bytes of a data: URL, after a check of its length."""
    _, _, text = url.partition("base64,")
    if not text or len(text) > MAX_BYTES * 4 // 3 + 4:
        raise ValueError(f"The image must be base64 of at most {MAX_BYTES // 1_000_000} MB.")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("The image's data: URL is not base64.") from None
