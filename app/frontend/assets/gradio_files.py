"""HTTP route of Gradio's own scripts and styles: compressed once, cached without limit.

Gradio compresses a file at every request, which takes several milliseconds, and the page needs
forty. The names contain a hash of the content.
"""

import mimetypes
from functools import cache
from pathlib import Path

import gradio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.frontend.assets.compression import FOREVER, compress, compressed

ASSETS = Path(gradio.__file__).parent / "templates/frontend/assets"
TEXT = (".js", ".css", ".svg")


def route() -> Route:
    """Return the route, whose URL is Gradio's."""
    return Route("/assets/{name}", _respond)


def _respond(request: Request) -> Response:
    file = _files().get(request.path_params["name"])
    if file is None:
        return Response("no such file: reload the page", 404, media_type="text/plain")
    accepted = request.headers.get("accept-encoding", "") if file.suffix in TEXT else ""
    content, headers = compressed(_content(file), accepted, _compress)
    media_type, _ = mimetypes.guess_type(file.name)
    return Response(content, media_type=media_type, headers={**FOREVER, **headers})


@cache
def _files() -> dict[str, Path]:
    return {file.name: file for file in ASSETS.iterdir()}


_content = cache(Path.read_bytes)
_compress = cache(compress)
