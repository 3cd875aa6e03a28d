"""Components of the endpoints: Gradio's, with JSON schemas that are valid and examples that run.

Gradio's own schema of JSON is not a valid schema, and its examples are a photo of a bus and the
model "Hello!!".
"""

from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from gradio.data_classes import ImageData
from gradio.processing_utils import save_bytes_to_cache
from gradio_client import handle_file
from PIL import Image

from app.api.example import PATH, URL, example_digit
from app.components.image_upload import read_inline, read_uploaded
from app.images import open_image

_CODE = {"type": "array", "items": {"type": "number"}}


class CodesField(gr.JSON):
    """One code (Z), or codes (B, Z)."""

    is_template = True  # for the front end it is a plain gr.JSON

    def api_info(self) -> dict[str, Any]:
        return {"anyOf": [_CODE, {"type": "array", "items": _CODE}]}

    def example_payload(self) -> Any:
        return [0.5, -1.0]


class AnswerField(gr.JSON):
    """A JSON object."""

    is_template = True

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "a JSON object"}


class NumberField(gr.Number):
    """A number, passed on unchanged: the request model checks it and reports what is wrong."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload


class ImageField(gr.Image):
    """An image, read within the app's limits; its example is the digit that this server draws."""

    is_template = True

    def preprocess(self, payload: ImageData | None) -> Image.Image | None:
        """Return the decoded image; raise gr.Error with one sentence if it is not acceptable."""
        if payload is None:
            return None
        try:
            url = payload.url or ""
            inline = url.startswith("data:")
            return open_image(read_inline(url) if inline else read_uploaded(payload.path))
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def example_payload(self) -> Any:
        return handle_file(URL)

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        """Return the path of an image that was sent by its URL, in the upload folder.

        Gradio does not fetch from a private address. On a server with such an address its own
        example would fail, so the example is not fetched.
        """
        if urlsplit(str(url_or_file_path)).path.endswith(PATH):
            cached: str = save_bytes_to_cache(example_digit(), PATH, self.GRADIO_CACHE)
            return cached
        moved: str | None = await super().async_move_resource_to_block_cache(url_or_file_path)
        return moved
