"""What arrives from a page is not trusted: bad input is answered with a sentence."""

import base64
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from app.frontend.payloads import Payload, ServerFunction, guarded
from app.frontend.requests import Request
from app.registry.dataset_info import DatasetInfo
from app.registry.models import ModelRegistry
from app.ui import server_functions
from tests.registry.test_models import put, put_codes

CROSS = np.zeros((28, 28), np.uint8)
CROSS[12:16, 4:24] = CROSS[4:24, 12:16] = 255


def pack(pixels: np.ndarray) -> str:
    return base64.b64encode(pixels.tobytes()).decode()


def unpack(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ServerFunction]:
    folder = tmp_path_factory.mktemp("weights")
    put_codes(put(folder / "vae-2d"), latent_dim=2)
    put(folder / "wide", latent_dim=6)
    put_codes(put(folder / "clothes"), latent_dim=2)
    clothes = DatasetInfo("Clothes", tuple(f"kind {i}" for i in range(10)), "resize")
    (folder / "clothes" / "data.json").write_bytes(clothes.to_json())
    registry = ModelRegistry(folder, torch.device("cpu"))
    return {function.__name__: guarded(function) for function in server_functions(registry)}


GOOD: dict[str, Payload] = {
    "model_info": {"model": "vae-2d"},
    "encode": {"model": "vae-2d", "pixels": pack(CROSS), "prepare": True},
    "check_digit": {"model": "vae-2d", "pixels": pack(CROSS), "prepare": True},
    "latent_map": {"model": "vae-2d"},
    "decode": {"model": "vae-2d", "z": [[0, 0], [1, -1]]},
    "resample": {"model": "vae-2d", "pixels": pack(CROSS), "count": 8, "seed": 1},
    "sample": {"model": "vae-2d", "count": 4, "temperature": 1, "seed": 0, "pixels": False},
    "interpolate": {
        "model": "vae-2d",
        "z_a": [0, 0],
        "z_b": [1, 1],
        "steps": 5,
        "method": "linear",
    },
}


@pytest.mark.parametrize("name", GOOD)
def test_good_input_is_answered(functions: dict[str, ServerFunction], name: str) -> None:
    answer = functions[name](GOOD[name])
    assert "error" not in answer
    if "images" in answer:
        assert len(unpack(answer["images"])) == {"decode": 2, "resample": 8, "sample": 4}.get(
            name, 5
        )


def test_the_map_says_where_the_test_codes_are(functions: dict[str, ServerFunction]) -> None:
    region = functions["latent_map"]({"model": "vae-2d"})["region"]
    rows = np.frombuffer(base64.b64decode(region["bits"]), np.uint8).reshape(region["cells"], -1)
    covered = np.unpackbits(rows, axis=1, count=region["cells"])
    assert covered[48, 48] == 1  # about the origin
    assert covered[0, 0] == covered[-1, -1] == 0
    assert functions["latent_map"]({"model": "wide"})["region"] is None  # it has no test codes


def test_a_prepared_image_is_seen_as_it_is(functions: dict[str, ServerFunction]) -> None:
    answer = functions["encode"](GOOD["encode"])
    np.testing.assert_array_equal(unpack(answer["seen"])[0], CROSS)


def test_a_drawing_is_prepared_unless_the_raw_one_is_wanted(
    functions: dict[str, ServerFunction],
) -> None:
    corner = np.zeros((84, 84), np.uint8)
    corner[4:30, 8:12] = 255
    payload = {"model": "vae-2d", "pixels": pack(corner)}
    prepared = unpack(functions["encode"]({**payload, "prepare": True})["seen"])[0]
    raw = unpack(functions["encode"]({**payload, "prepare": False})["seen"])[0]
    assert prepared[:, :9].max() == 0, "prepared, the stroke is in the middle"
    assert raw[2:9, 3].min() > 200, "raw, it stays in its corner"


def test_the_terms_add_up_to_the_elbo(functions: dict[str, ServerFunction]) -> None:
    answer = functions["encode"](GOOD["encode"])
    assert answer["elbo"] == pytest.approx(-(answer["reconstruction"] + sum(answer["kl"])))


BAD_CODES = [None, "0,0", [], [0], [0, 0, 0], [[0, 0]] * 401, [[[0, 0]]], [math.nan, 0], [1e9, 0],
             [None, 0], {"z": 1}, [[0, 0], [0]]]  # fmt: skip
BAD_PIXELS = [None, 3, "", "????", "x" * 10**6, pack(np.zeros((27, 27), np.uint8)), "AAAA"]
BAD_WHOLE = [None, "4", 0.5, True, math.nan, math.inf, -1, 10**9, [4]]


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        *((name, "model", value) for name in GOOD for value in ("nope", None, 1, ["vae-2d"])),
        *(("decode", "z", value) for value in BAD_CODES),
        *(("interpolate", "z_a", value) for value in BAD_CODES),
        *(("encode", "pixels", value) for value in BAD_PIXELS),
        *(("check_digit", "pixels", value) for value in BAD_PIXELS),
        *(("resample", "pixels", value) for value in BAD_PIXELS),
        *(("sample", "count", value) for value in [*BAD_WHOLE, 0]),
        *(("resample", "count", value) for value in [*BAD_WHOLE, 0]),
        *(("interpolate", "steps", value) for value in [*BAD_WHOLE, 1]),
        *(("sample", "temperature", value) for value in (None, "1", math.nan, -1, 1e9)),
        *(("sample", "seed", value) for value in (None, 0.5, -1, 2**70)),
        *(("interpolate", "method", value) for value in (None, "cubic", ["linear"])),
    ],
)
def test_bad_input_is_answered_with_a_sentence(
    functions: dict[str, ServerFunction], name: str, key: str, value: object
) -> None:
    answer = functions[name]({**GOOD[name], key: value})
    assert set(answer) == {"error"}
    assert "Something went wrong" not in answer["error"], "a check is missing"
    assert len(answer["error"]) < 200


@pytest.mark.parametrize("payload", [None, [], "x", 3])
def test_a_payload_that_is_no_object_is_refused(
    functions: dict[str, ServerFunction], payload: object
) -> None:
    assert set(functions["encode"](payload)) == {"error"}


def test_a_blank_drawing_says_that_there_is_no_ink(functions: dict[str, ServerFunction]) -> None:
    blank = pack(np.zeros((84, 84), np.uint8))
    answer = functions["encode"]({"model": "vae-2d", "pixels": blank, "prepare": True})
    assert "ink" in answer["error"]


def test_a_bug_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Request) -> Payload:
        raise KeyError(str(Path("/home/secret")))

    answer = guarded(broken)({})
    assert "secret" not in answer["error"]
    assert "secret" in caplog.text


def test_a_model_of_other_data_offers_its_own_images(
    functions: dict[str, ServerFunction],
) -> None:
    examples = functions["model_info"]({"model": "clothes"})["examples"]
    assert [item["name"] for item in examples] == [f"kind {i}" for i in range(10)]
    assert {len(item["z"]) for item in examples} == {2}
    assert functions["model_info"]({"model": "vae-2d"})["examples"] == []
    assert functions["model_info"]({"model": "wide"})["examples"] == []


def test_a_drawing_is_prepared_as_the_models_data_was(
    functions: dict[str, ServerFunction],
) -> None:
    corner = np.zeros((84, 84), np.uint8)
    corner[:30, :9] = 255
    payload = {"pixels": pack(corner), "prepare": True}
    seen = {
        name: unpack(functions["encode"](payload | {"model": name})["seen"])[0]
        for name in ("clothes", "vae-2d")
    }
    assert seen["clothes"][0, 0] == 255, "where it was drawn"
    assert seen["vae-2d"][0, 0] == 0, "centered"
    plain = functions["encode"]({"model": "vae-2d", "pixels": pack(corner), "prepare": False})
    assert np.array_equal(unpack(plain["seen"])[0], seen["clothes"])
