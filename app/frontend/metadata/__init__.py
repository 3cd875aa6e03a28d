"""Metadata of the page for other programs: title, description, preview image, icon, documents.

Gradio's page begins with metadata of Gradio, and programs that preview a link use the first they
find. `PageMetadata` replaces it.
"""

import re
from functools import cache
from pathlib import Path

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app import images
from app.frontend.response_body import asks_for, rewrite_text
from app.frontend.templates import render
from app.model import inference
from app.registry.models import ModelRegistry

FOLDER = Path(__file__).parent
ICON = FOLDER / "icon.svg"
ROOT = Path(__file__).parents[3]
PREVIEW = "/preview.png"
COLUMNS, ROWS = 24, 12  # tiles of the preview
SIZE = (1200, 600)  # of the preview, in pixels
_OLD = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*/>\s*')


class PageMetadata:
    """ASGI middleware that replaces Gradio's Open Graph tags in the page."""

    def __init__(self, app: ASGIApp, title: str, description: str) -> None:
        self.app = app
        self.title = title
        self.description = description

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request; in the response for the page, replace the tags."""
        if asks_for(scope):
            tags = self.tags(scope)
            send = rewrite_text(send, lambda html: replace_tags(html, tags))
        await self.app(scope, receive, send)

    def tags(self, scope: Scope) -> dict[str, str]:
        """Return the content of each tag; addresses must be absolute."""
        url = str(Request(scope).base_url).rstrip("/")
        return {
            "og:type": "website",
            "og:url": f"{url}/",
            "og:title": self.title,
            "og:description": self.description,
            "og:image": url + PREVIEW,
            "twitter:card": "summary_large_image",
        }


def replace_tags(html: str, tags: dict[str, str]) -> str:
    """Return a page with these Open Graph and Twitter tags, and a description, and no others."""
    written = render(FOLDER / "tags.html", tags=tags)
    return _OLD.sub("", html).replace("</head>", f"{written}</head>", 1)


def routes(registry: ModelRegistry) -> list[Route]:
    """Return the routes of the preview image and of the documents that the footer links to."""

    def image(request: Request) -> Response:
        return Response(preview(registry), media_type="image/png")

    def document(request: Request) -> Response:
        file = documents(registry).get(request.path_params["name"])
        if file is None:
            return Response("no such document", 404, media_type="text/plain")
        return Response(file.read_bytes(), media_type="text/plain; charset=utf-8")

    return [Route(PREVIEW, image), Route("/documents/{name}", document)]


def documents(registry: ModelRegistry) -> dict[str, Path]:
    """Return the files that can be read, by their names in the address."""
    cards = {f"{name}.md": registry.card(name) for name in registry.names}
    files = {"CITATION.cff": ROOT / "CITATION.cff", **cards}
    return {name: file for name, file in files.items() if file.exists()}


@cache
def preview(registry: ModelRegistry) -> bytes:
    """Return the preview as a PNG: a grid of images that the first model decodes.

    In two dimensions the codes are evenly spaced quantiles of the prior, otherwise samples of it.
    """
    vae = registry[registry.names[0]].vae
    if vae.config.latent_dim == 2:
        decoded = inference.decode(vae, inference.prior_grid(COLUMNS, ROWS))
    else:
        _, decoded = inference.sample(vae, COLUMNS * ROWS, temperature=1.0, seed=0)
    grid = images.tile(decoded, COLUMNS)
    return images.png(grid.resize(SIZE, Image.Resampling.BICUBIC))
