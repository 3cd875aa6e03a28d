"""The checked image input: `gr.Image` with the holes closed that a public page cannot leave open.

Gradio reads any local file that a caller names by a bare path, and decodes data: URLs past every
limit. Here a picture comes from the upload folder or inline, its bytes and pixels are limited
before decoding, and a bad one ends in a sentence.
"""

import base64
import binascii
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image

from app.images import MAX_BYTES, open_image


class CheckedImage(gr.Image):
    """A `gr.Image` whose value is a PIL image that `open_image` has let pass, or None."""

    is_template = True  # for the front end it is a plain gr.Image

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
        ValueError: for a path that is elsewhere, or a file that is too large.
    """
    file = Path(path if isinstance(path, str) else "").resolve()
    if not file.is_relative_to(Path(get_upload_folder()).resolve()) or not file.is_file():
        raise ValueError("The image must be uploaded, not named by a path.")
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"The image must be at most {MAX_BYTES // 1_000_000} MB.")
    return file.read_bytes()


def image_input(**options: Any) -> CheckedImage:
    """Upload, paste and webcam in one; hands its event a PIL image in its native mode."""
    options.setdefault("sources", ["upload", "clipboard", "webcam"])
    return CheckedImage(type="pil", image_mode=None, **options)


def _inline(url: str) -> bytes:
    """The bytes of a data: URL, its length checked before it is decoded."""
    _, _, text = url.partition("base64,")
    if not text or len(text) > MAX_BYTES * 4 // 3 + 4:
        raise ValueError(f"The image must be base64 of at most {MAX_BYTES // 1_000_000} MB.")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("The image's data: URL is not base64.") from None
