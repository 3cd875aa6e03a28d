"""What the API says of itself is true: its schemas are valid, and its examples run as copied."""

import contextlib
import io
from typing import Any

import httpx
import pytest

JSON_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}


@pytest.fixture(scope="module")
def info(server: str) -> dict[str, Any]:
    endpoints: dict[str, Any] = httpx.get(f"{server}/gradio_api/info").json()["named_endpoints"]
    return endpoints


def assert_valid(schema: Any) -> None:
    """Assert that the keywords of a JSON schema that Gradio uses have valid values."""
    assert isinstance(schema, dict)
    assert schema.get("type", "object") in JSON_TYPES
    for keyword in ("properties", "$defs"):
        for part in schema.get(keyword, {}).values():
            assert_valid(part)
    for part in [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
        assert_valid(part)


def test_the_schema_of_every_parameter_and_answer_is_valid(info: dict[str, Any]) -> None:
    assert len(info) == 6
    for endpoint in info.values():
        for part in [*endpoint["parameters"], *endpoint["returns"]]:
            assert_valid(part["type"])


def test_a_schema_like_that_of_gradios_json_is_not_valid() -> None:
    with pytest.raises((AssertionError, TypeError)):
        assert_valid({"type": {}, "description": "any valid json"})


@pytest.mark.parametrize(
    "endpoint", ["/models", "/encode", "/decode", "/reconstruct", "/sample", "/interpolate"]
)
def test_the_example_runs_as_copied(
    info: dict[str, Any], server: str, endpoint: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    code = info[endpoint]["code_snippets"]["python"]
    assert server in code
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, endpoint, "exec"), {})
    assert printed.getvalue().splitlines()[-1]


def test_the_example_image_has_the_address_that_the_visitor_uses(server: str) -> None:
    headers = {"Host": "digits.example", "Accept-Encoding": "identity"}
    for path in ("/", "/gradio_api/info"):
        text = httpx.get(server + path, headers=headers).text
        assert "http://digits.example/example-digit.png" in text, path
        assert ".invalid" not in text, path


def test_a_host_cannot_write_into_the_page(server: str) -> None:
    headers = {"Host": "a</script><b>"}
    assert "</script><b>" not in httpx.get(server, headers=headers).text


def test_the_example_image_is_a_digit(server: str) -> None:
    response = httpx.get(f"{server}/example-digit.png")
    assert response.headers["content-type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (["vae-2d", 4, 1.0, 1e20], "seed must be 0 to"),
        (["vae-2d", 4, 1.0, "x"], "seed must be a number"),
        (["vae-2d", 1.5, 1.0, 0], "count must be a whole number"),
        (["vae-2d", 4, None, 0], "temperature must be a number"),
    ],
)
def test_a_number_that_is_none_is_refused_with_a_sentence(
    server: str, data: list[Any], sentence: str
) -> None:
    url = f"{server}/gradio_api/call/sample"
    event = httpx.post(url, json={"data": data}).json()["event_id"]
    assert sentence in httpx.get(f"{url}/{event}", timeout=30).text
