"""Which networks the page gets, and what their files hold."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.frontend.page_networks import FILES, address, routes
from app.model.inference import TERM_PAIRS, balanced_noise
from app.model.vae import VAE, VAEConfig
from app.registry.dataset_info import MNIST
from app.registry.models import Model, ModelRegistry
from tests.registry.test_models import put, put_codes


def small(**changes: object) -> Model:
    sizes = {"latent_dim": 2, "encoder_width": 16, "decoder_width": 16, "decoder_blocks": 1}
    vae = VAE(VAEConfig(**{**sizes, "encoder_blocks": 1, **changes}))  # type: ignore[arg-type]
    return Model("small", vae, MNIST, None, None, {})


def metadata(file: bytes) -> dict[str, Any]:
    header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
    return {name: json.loads(text) for name, text in header["__metadata__"].items()}


@pytest.mark.parametrize(("kind", "first"), [("encoder", 1), ("decoder", 0)])
def test_a_file_names_every_layer_and_holds_its_weights_in_half_precision(
    kind: str, first: int
) -> None:
    model = small()
    file = FILES[kind](model)
    assert file is not None
    name = f"{first + 1}.layers"
    last = 6 if kind == "encoder" else 4  # after its dropout
    assert metadata(file)["layers"] == [
        ["linear", f"{first}"],
        ["residual", [["norm", f"{name}.0", 1e-5], ["silu"], ["linear", f"{name}.2"]]],
        ["norm", f"{first + 2}", 1e-5],
        ["silu"],
        ["linear", f"{last}"],
    ]
    tensors, own = load(file), getattr(model.vae, kind).state_dict()
    assert tensors.keys() == own.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor, own[name].half())


@pytest.mark.parametrize(
    "changes",
    [{"latent_dim": 3}, {"architecture": "conv"}, {"decoder_width": 1024, "decoder_blocks": 2}],
    ids=["not a plane", "convolutions", "too large"],
)
def test_the_server_computes_for_other_decoders(changes: dict[str, object]) -> None:
    model = small(**changes)
    assert [file(model) for file in FILES.values()] == [None, None]


@pytest.mark.parametrize(
    "changes",
    [{"likelihood": "gaussian"}, {"variance_head": "none"}, {"encoder_width": 1200}],
    ids=["gray levels", "a plain autoencoder", "too large"],
)
def test_the_server_encodes_where_only_the_decoder_is_small_and_plain(
    changes: dict[str, object],
) -> None:
    model = small(**changes)
    assert FILES["encoder"](model) is None
    assert FILES["decoder"](model) is not None


def test_the_encoders_file_has_what_the_terms_need(tmp_path: Path) -> None:
    put_codes(put(tmp_path / "plane"), latent_dim=2)
    model = ModelRegistry(tmp_path, torch.device("cpu"))["plane"]
    file = FILES["encoder"](model)
    assert file is not None
    assert metadata(file)["epsilon"] == balanced_noise(2, TERM_PAIRS).tolist()
    assert model.codes is not None
    shipped = load(file)["test.negative_elbo"].numpy()
    assert shipped.dtype == "float32"
    assert (shipped == model.codes.sorted_negative_elbo).all()


@pytest.mark.parametrize("kind", FILES)
def test_an_address_leads_to_its_file(tmp_path: Path, kind: str) -> None:
    put(tmp_path / "a plane #1?")
    put(tmp_path / "wide", latent_dim=6)
    registry = ModelRegistry(tmp_path, torch.device("cpu"))
    client = TestClient(Starlette(routes=routes(registry)))
    path = address(kind, registry["a plane #1?"])
    assert path is not None
    answer = client.get(path)
    assert answer.content == FILES[kind](registry["a plane #1?"])
    assert "immutable" in answer.headers["Cache-Control"]  # other weights have another address
    assert address(kind, registry["wide"]) is None
    assert client.get(f"/{kind}/wide.safetensors").status_code == 404
    assert client.get(f"/{kind}/none.safetensors").status_code == 404
