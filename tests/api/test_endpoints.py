"""The API as a program sees it: `gradio_client` against the real server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw

from app.components.image_upload import read_uploaded

PUBLIC = {"/models", "/encode", "/decode", "/reconstruct", "/sample", "/interpolate"}
LATENT_DIM = {"vae-2d": 2, "vae-32d": 32}


@pytest.fixture(scope="module")
def client(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(server, verbose=False, download_files=str(tmp_path_factory.mktemp("answers")))
    yield client
    client.close()


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the file of a seven, dark on light, like a visitor's upload."""
    return handle_file(str(drawing(tmp_path_factory.mktemp("images") / "seven.png")))


def drawing(file: Path) -> Path:
    image = Image.new("L", (200, 240), 255)
    ImageDraw.Draw(image).line([(50, 50), (150, 50), (90, 190)], fill=0, width=16)
    image.save(file)
    return file


def pixels(file: str) -> np.ndarray:
    with Image.open(file) as image:
        assert image.format == "PNG" and image.mode == "L", "grids are lossless and gray"
        return np.asarray(image)


def test_the_public_endpoints_are_documented(client: Client) -> None:
    info = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(info) == PUBLIC
    for name, endpoint in info.items():
        assert endpoint["description"], f"{name} has no description"
    named = [parameter["parameter_name"] for parameter in info["/reconstruct"]["parameters"]]
    assert named == ["image", "model", "seed", "prepare"]
    assert info["/encode"]["parameters"][-1]["parameter_default"] is True


def test_models_lists_what_is_shipped(client: Client) -> None:
    models = client.predict(api_name="/models")
    assert set(LATENT_DIM) <= set(models)
    assert models["vae-32d"]["config"]["latent_dim"] == 32
    assert models["vae-2d"]["metrics"]["binarised"]["nll"]["mean"] > 0


@pytest.mark.parametrize("model", LATENT_DIM)
def test_encode_returns_the_posterior(client: Client, seven: Any, model: str) -> None:
    answer = client.predict(seven, model, api_name="/encode")
    assert set(answer) == {"mu", "std", "kl_nats"}
    assert {len(values) for values in answer.values()} == {LATENT_DIM[model]}
    assert min(answer["std"]) > 0
    mu, std = np.array(answer["mu"]), np.array(answer["std"])
    expected = 0.5 * (mu**2 + std**2 - 1 - 2 * np.log(std))
    np.testing.assert_allclose(answer["kl_nats"], expected, rtol=1e-3, atol=1e-4)


def test_decode_takes_one_code_or_many(client: Client) -> None:
    one = pixels(client.predict([0.5, -1], "vae-2d", api_name="/decode"))
    many = pixels(client.predict([[0.5, -1]] * 5, "vae-2d", api_name="/decode"))
    assert one.shape == (28, 28)
    assert many.shape == (2 * 28, 3 * 28), "ceil(sqrt(5)) columns"
    np.testing.assert_array_equal(many[:28, 56:], one)
    assert many[28:, 56:].max() == 0, "a missing tile is black"


@pytest.mark.parametrize("model", LATENT_DIM)
def test_reconstruct_returns_what_was_seen_and_the_terms(
    client: Client, seven: Any, model: str
) -> None:
    seen, x_hat, terms = client.predict(seven, model, 0, api_name="/reconstruct")
    x, r = pixels(seen).astype(float), pixels(x_hat).astype(float)
    assert x.shape == r.shape == (28, 28)
    assert np.corrcoef(x.ravel(), r.ravel())[0, 1] > 0.6, "it reconstructs what it saw"
    assert terms["elbo_nats"] < 0
    total = terms["reconstruction_nats"] + sum(terms["kl_nats"])
    assert terms["elbo_nats"] == pytest.approx(-total, rel=1e-4)
    assert terms["remark"] == ""


def test_several_digits_are_answered_by_a_remark(client: Client, tmp_path: Path) -> None:
    page = Image.new("L", (420, 240), 255)
    with Image.open(drawing(tmp_path / "seven.png")) as seven:
        page.paste(seven, (0, 0))
        page.paste(seven, (210, 0))
    page.save(tmp_path / "two.png")
    two = handle_file(str(tmp_path / "two.png"))
    _, _, terms = client.predict(two, "vae-2d", 0, api_name="/reconstruct")
    assert "More than one thing" in terms["remark"]


def test_preparation_can_be_switched_off(client: Client, seven: Any) -> None:
    prepared, _, _ = client.predict(seven, "vae-2d", 0, True, api_name="/reconstruct")
    raw, _, _ = client.predict(seven, "vae-2d", 0, False, api_name="/reconstruct")
    assert pixels(prepared)[0, 0] == 0, "light on dark"
    assert pixels(raw)[0, 0] == 255, "as it came"


def test_the_same_seed_gives_the_same_samples(client: Client) -> None:
    first, again, other = (
        pixels(client.predict("vae-32d", 9, 1.0, seed, api_name="/sample")) for seed in (3, 3, 4)
    )
    assert first.shape == (84, 84)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_interpolate_returns_a_strip_and_an_animation(client: Client, seven: Any) -> None:
    strip, animation = client.predict(seven, seven, "vae-2d", 6, "linear", api_name="/interpolate")
    assert pixels(strip).shape == (28, 6 * 28)
    with Image.open(animation) as frames:
        assert frames.format == "GIF"


# Bad input


@pytest.mark.parametrize(
    ("endpoint", "arguments", "sentence"),
    [
        ("/decode", ([0.0], "vae-2d"), r"z must be \(2\) or \(B, 2\)"),
        ("/decode", ([[0, 0]] * 401, "vae-2d"), "B up to 400"),
        ("/decode", ([0, 0], "../vae-2d"), "unknown model"),
        ("/decode", ("zero", "vae-2d"), "z must be"),
        ("/sample", ("vae-2d", 0, 1, 0), "count must be 1 to 400"),
        ("/sample", ("vae-2d", 10**9, 1, 0), "count must be 1 to 400"),
        ("/sample", ("vae-2d", 4, -1, 0), "temperature must be 0 to"),
        ("/sample", ("nope", 4, 1, 0), "unknown model"),
        ("/encode", (None, "vae-2d"), "An image is needed"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(
    client: Client, endpoint: str, arguments: tuple[Any, ...], sentence: str
) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(*arguments, api_name=endpoint)


@pytest.mark.parametrize("kind", ["text", "truncated", "tiny", "blank", "huge"])
def test_a_bad_image_is_refused_with_a_sentence(client: Client, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.{'jpg' if kind == 'truncated' else 'png'}"
    if kind == "text":
        file.write_text("not an image")
    elif kind == "truncated":
        drawing(file)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif kind == "tiny":
        Image.new("L", (1, 1), 0).save(file)
    elif kind == "blank":
        Image.new("L", (200, 200), 250).save(file)
    else:
        Image.new("1", (20_000, 20_000)).save(file)
    with pytest.raises(AppError, match=r"[A-Z].*[.]$"):
        client.predict(handle_file(str(file)), "vae-2d", api_name="/encode")


# What Gradio leaves open


def call(server: str, endpoint: str, data: list[Any]) -> str:
    """Return the queue's events for a call with hand-made data."""
    posted = httpx.post(f"{server}/gradio_api/call{endpoint}", json={"data": data})
    if posted.status_code != 200:
        return posted.text
    event = posted.json()["event_id"]
    return httpx.get(f"{server}/gradio_api/call{endpoint}/{event}", timeout=30).text


def test_a_local_file_is_not_read_by_its_path(server: str, tmp_path: Path) -> None:
    secret = drawing(tmp_path / "secret.png")
    for image in (
        {"path": str(secret)},
        {"path": str(secret), "meta": {"_type": "gradio.FileData"}},
    ):
        answer = call(server, "/encode", [image, "vae-2d", True])
        assert "event: error" in answer


@pytest.mark.parametrize("path", ["/etc/passwd", "", "gradio/../../etc/passwd", None, 7])
def test_only_a_file_in_the_upload_folder_is_read(
    path: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    inside = drawing(tmp_path / "seven.png")
    assert read_uploaded(str(inside)) == inside.read_bytes()
    with pytest.raises(ValueError, match="must be uploaded"):
        read_uploaded(path)


def test_a_data_url_has_the_limits_of_an_upload(server: str) -> None:
    url = "data:image/png;base64," + "A" * 30_000_000
    answer = call(server, "/encode", [{"url": url, "path": ""}, "vae-2d", True])
    assert "20 MB" in answer


def test_nan_does_not_pass_as_json(server: str) -> None:
    body = json.dumps({"data": [[float("nan"), 0], "vae-2d"]})
    posted = httpx.post(
        f"{server}/gradio_api/call/decode",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    refused = posted.status_code != 200
    if not refused:
        event = posted.json()["event_id"]
        answer = httpx.get(f"{server}/gradio_api/call/decode/{event}", timeout=30).text
        refused = "event: error" in answer
    assert refused


def test_the_server_goes_on_after_all_that(client: Client, seven: Any) -> None:
    assert client.predict(seven, "vae-2d", api_name="/encode")["mu"]


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_a_server_call_beyond_every_use_is_not_read(server: str, announced: bool) -> None:
    body = b'{"data": "' + b"A" * 2_000_000 + b'"}'
    content = body if announced else iter([body[:1_000_000], body[1_000_000:]])
    answer = httpx.post(f"{server}/gradio_api/component_server", content=content)
    # FastAPI answers 400 to whatever goes wrong while it reads a body.
    assert answer.status_code == (413 if announced else 400)


def test_another_sites_page_cannot_call_the_server_functions(server: str) -> None:
    answer = httpx.post(
        f"{server}/gradio_api/component_server",
        json={"data": [], "component_id": 0, "fn_name": "encode", "session_hash": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
