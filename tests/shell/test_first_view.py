"""What the first view requests exists, and what it leaves out is only what nobody sees."""

import base64
import json
import re

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.components.latent_map import map_payload, points_payload
from app.frontend import assets, fonts
from app.frontend.assets import compression, gradio_files
from app.frontend.gradio_page import complete_page, parse_page
from app.registry.models import ModelRegistry
from app.shell.first_view.config import without_hidden
from app.shell.first_view.gradio_files import needed_files
from tests.paths import ROOT

TEMPLATE = (gradio_files.ASSETS.parent / "index.html").read_text()
HTML = TEMPLATE.replace("{{ config | toorjson }}", '{"components": [], "text": "\\\\n"}')


def test_the_files_of_gradio_that_are_requested_early_exist() -> None:
    page = parse_page(HTML)
    assert page is not None
    assert (gradio_files.ASSETS / page.script).is_file()
    assert (gradio_files.ASSETS / page.style).is_file()
    files = needed_files(page.script, ["html", "radio", "tabs"])
    assert all((gradio_files.ASSETS / file).is_file() for file in files)
    kinds = {file.partition("-")[0] for file in files}
    assert {"Index", "Blocks", "HTML", "core"} <= kinds
    assert "Image" not in kinds


def test_without_gradios_files_nothing_is_requested_early() -> None:
    assert needed_files("missing.js", ["html"]) == []


def test_a_page_is_completed_and_otherwise_unchanged() -> None:
    page = parse_page(HTML)
    assert page is not None
    script = f'<script type="module" crossorigin src="./assets/{page.script}"></script>'
    written = complete_page(page, "<!-- head -->", "<!-- body -->")
    assert re.search(r"<head>\s*(<meta[^>]*>\s*)?<base [^>]*><!-- head -->", written)
    assert "</gradio-app><!-- body -->" in written
    again = parse_page(complete_page(page, "", script))
    assert again is not None
    assert again.config == {"components": [], "text": "\\n"}
    config = re.compile("window.gradio_config = .*?;</script>")
    plain = written.replace("<!-- head -->", "").replace("<!-- body -->", "")
    assert config.sub("", plain) == config.sub("", HTML).replace(script, "")


def test_pages_for_many_addresses_are_not_all_kept() -> None:
    page = Route("/", lambda request: PlainTextResponse(f"<p>{request.base_url}</p>"))
    app = Starlette(routes=[page], middleware=[Middleware(compression.PageCompression)])
    for number in range(20):
        address = f"http://visitor-{number}.test"
        answer = TestClient(app, base_url=address).get("/")
        assert answer.text == f"<p>{address}/</p>"
        assert answer.headers["content-encoding"] == "br"
    assert compression._compress_page.cache_info().currsize <= 8


def test_an_error_of_gradio_is_no_page() -> None:
    assert parse_page("<html>Internal Server Error</html>") is None


def test_only_invisible_columns_are_left_out() -> None:
    layout = {"id": 0, "children": [{"id": 1}, {"id": 2, "children": [{"id": 3}, {"id": 4}]}]}
    config = {
        "components": [
            {"id": 1, "type": "html", "props": {"visible": True}},
            {"id": 2, "type": "column", "props": {"visible": False}},
            {"id": 3, "type": "image", "props": {"visible": True}},
            {"id": 4, "type": "button", "props": {"visible": True}},
        ],
        "layout": layout,
        "page": {"": {"layout": layout, "components": [1, 2, 3, 4], "dependencies": [0]}},
        "dependencies": [{"id": 0, "api_name": "call", "targets": [[4, "click"], [1, "click"]]}],
    }
    seen = without_hidden(config)
    kept = {"id": 0, "children": [{"id": 1, "children": []}]}
    assert [part["id"] for part in seen["components"]] == [1]
    assert seen["layout"] == kept
    assert seen["page"] == {"": {"layout": kept, "components": [1], "dependencies": [0]}}
    assert seen["dependencies"] == [{"id": 0, "api_name": "call", "targets": [[1, "click"]]}]
    assert len(config["components"]) == 4, "the server's copy is unchanged"


def test_a_font_is_served_under_the_address_of_its_rule() -> None:
    client = TestClient(Starlette(routes=[fonts.route()]))
    rules = fonts.PageFont().stylesheet()["css"]
    assert rules is not None
    addresses = re.findall(r"url\('([^']+)'\)", rules)
    assert len(addresses) == len(fonts.WEIGHTS)
    for address in addresses:
        answer = client.get(f"/{address}")
        assert answer.content.startswith(b"wOF2")
        assert "immutable" in answer.headers["cache-control"]
    assert client.get(f"/{addresses[0]}".replace("400", "500")).status_code == 404


@pytest.mark.parametrize("name", ["vae-2d", "vae-32d"])
def test_the_points_of_a_map_are_those_of_its_figure(name: str) -> None:
    model = ModelRegistry(ROOT / "weights", torch.device("cpu"))[name]
    payload, data = points_payload(model), json.loads(map_payload(model)["figure"])["data"]
    points = np.frombuffer(base64.b64decode(payload["points"]), "<f2").reshape(-1, 2)
    clouds = [trace for trace in data if "class" in trace.get("meta", {})]
    assert [kind["name"] for kind in payload["classes"]] == [
        cloud["meta"]["class"] for cloud in clouds
    ]
    for axis, side in enumerate("xy"):
        whole = [np.frombuffer(base64.b64decode(cloud[side]["bdata"]), "<f4") for cloud in clouds]
        np.testing.assert_allclose(points[:, axis], np.concatenate(whole), rtol=1e-3, atol=1e-3)


def test_a_file_of_gradio_is_sent_compressed_and_kept_by_the_browser() -> None:
    client = TestClient(Starlette(routes=assets.routes()))
    page = parse_page(HTML)
    assert page is not None
    for name, media_type in ((page.script, "text/javascript"), (page.style, "text/css")):
        answer = client.get(f"/assets/{name}", headers={"Accept-Encoding": "br"})
        assert answer.content == (gradio_files.ASSETS / name).read_bytes()
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["content-encoding"] == "br"
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/assets/missing.js").status_code == 404
