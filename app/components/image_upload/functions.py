"""Server function of upload.js: an uploaded image in the versions that the page selects from."""

from app import images
from app.components.image_upload import read_uploaded
from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import UploadRequest
from app.registry.models import ModelRegistry


def upload_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server function, for the RPC endpoint."""

    def read_upload(request: UploadRequest) -> Payload:
        """Return an uploaded image in both versions that the switch selects from.

        Return raw; prepared, null without strokes; others, the readings that may be right too;
        remark, one sentence or "".
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
