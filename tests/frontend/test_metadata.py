"""A link to the page is previewed with the page's own title, description and image."""

import io
import re
from pathlib import Path

import gradio
import pytest
import torch
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.components.model_info.titles import DESCRIPTIONS, TITLES, label
from app.frontend.metadata import PREVIEW, SIZE, PageMetadata, routes
from app.registry.models import ModelRegistry
from tests.paths import WEIGHTS

TEMPLATE = Path(gradio.__file__).parent / "templates/frontend/index.html"


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Return a client of an app that serves Gradio's template as its page."""
    page = Route("/", lambda request: HTMLResponse(TEMPLATE.read_text()))
    registry = ModelRegistry(WEIGHTS, torch.device("cpu"))
    described = Middleware(PageMetadata, title="A title", description='Quotes " and <b>')
    app = Starlette(routes=[page, *routes(registry)], middleware=[described])
    return TestClient(app, base_url="https://demo.example")


def test_every_tag_occurs_once_and_is_the_pages_own(client: TestClient) -> None:
    html = client.get("/").text
    tags = re.findall(r'<meta\s+(?:property|name)="((?:og|twitter):\w+)"\s+content="([^"]*)"', html)
    assert len(tags) == len(re.findall('"(?:og|twitter):', html)) == len(dict(tags))
    assert dict(tags) == {
        "og:type": "website",
        "og:url": "https://demo.example/",
        "og:title": "A title",
        "og:description": "Quotes &#34; and &lt;b&gt;",
        "og:image": f"https://demo.example{PREVIEW}",
        "twitter:card": "summary_large_image",
    }
    assert html.count('<meta name="description"') == 1
    assert html.rstrip().endswith("</html>")


def test_the_preview_is_an_image_that_is_not_blank(client: TestClient) -> None:
    answer = client.get(PREVIEW)
    image = Image.open(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == "image/png"
    assert image.size == SIZE
    assert image.getextrema() == (0, 255)


@pytest.mark.parametrize("name", ["CITATION.cff", "vae-2d.md", "vae-32d.md"])
def test_a_document_can_be_read(client: TestClient, name: str) -> None:
    answer = client.get(f"/documents/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.text) > 100


@pytest.mark.parametrize("name", ["app.py", "..%2Fapp.py", "classifier.md", "study%2Fvae.md"])
def test_no_other_file_can_be_read(client: TestClient, name: str) -> None:
    assert client.get(f"/documents/{name}").status_code == 404


def test_a_model_without_a_title_is_shown_by_its_folder() -> None:
    assert label("vae-2d") == "2-D map (vae-2d)"
    assert label("my-letters") == "my-letters"
    assert TITLES.keys() == DESCRIPTIONS.keys()
