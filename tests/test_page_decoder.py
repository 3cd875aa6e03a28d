"""Which decoders the page gets, and what their file holds."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.frontend import page_decoder
from app.model.vae import VAE, VAEConfig
from app.registry.models import ModelRegistry
from tests.test_catalog import put


def small(**changes: object) -> VAE:
    sizes = {"latent_dim": 2, "encoder_width": 16, "decoder_width": 16, "decoder_blocks": 1}
    return VAE(VAEConfig(**{**sizes, **changes}))  # type: ignore[arg-type]


def layers(file: bytes) -> list[object]:
    header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
    parsed: list[object] = json.loads(header["__metadata__"]["layers"])
    return parsed


def test_the_file_names_every_layer_and_holds_its_weights_in_half_precision() -> None:
    vae = small()
    file = page_decoder.decoder_file(vae)
    assert file is not None
    block = ["residual", [["norm", "1.layers.0", 1e-5], ["silu"], ["linear", "1.layers.2"]]]
    assert layers(file) == [
        ["linear", "0"],
        block,
        ["norm", "2", 1e-5],
        ["silu"],
        ["linear", "4"],
    ]
    tensors, own = load(file), vae.decoder.state_dict()
    assert tensors.keys() == own.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor, own[name].half())


@pytest.mark.parametrize(
    "changes",
    [{"latent_dim": 3}, {"architecture": "conv"}, {"decoder_width": 1024, "decoder_blocks": 2}],
    ids=["not a plane", "convolutions", "too large"],
)
def test_other_decoders_stay_on_the_server(changes: dict[str, object]) -> None:
    assert page_decoder.decoder_file(small(**changes)) is None


def test_the_address_leads_to_the_file(tmp_path: Path) -> None:
    put(tmp_path / "a plane #1?")
    put(tmp_path / "wide", latent_dim=6)
    registry = ModelRegistry(tmp_path, torch.device("cpu"))
    client = TestClient(Starlette(routes=[page_decoder.route(registry)]))
    address = page_decoder.address(registry["a plane #1?"])
    assert address is not None
    answer = client.get(address)
    assert answer.content == page_decoder.decoder_file(registry["a plane #1?"].vae)
    assert "immutable" in answer.headers["Cache-Control"]  # other weights have another address
    assert page_decoder.address(registry["wide"]) is None
    assert client.get("/decoder/wide.safetensors").status_code == 404
    assert client.get("/decoder/none.safetensors").status_code == 404
