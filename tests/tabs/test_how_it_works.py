"""The tab "How it works": its lines of code are in the source, and its numbers add up."""

import base64
from typing import Any

import numpy as np
import pytest
import torch

from app.frontend.payloads import Payload, ServerFunction, guarded
from app.model.vae import LIKELIHOODS, VAE, VARIANCE_HEADS, VAEConfig
from app.registry.models import ModelRegistry
from app.tabs.how_it_works import how_it_works_functions
from app.tabs.how_it_works.stages import Stage, mark_symbols, read_stages, split_terms
from tests.frontend.test_requests import BAD_PIXELS, CROSS, pack
from tests.paths import ROOT

FUNCTIONS = ("forward_pass", "sampling_gradients")
GOOD: Payload = {"model": "plane", "pixels": pack(CROSS), "seed": 3}


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ServerFunction]:
    folder = tmp_path_factory.mktemp("weights")
    small: dict[str, Any] = {"encoder_width": 8, "decoder_width": 8}
    kinds: dict[str, dict[str, Any]] = {
        "plane": {"latent_dim": 2},
        "wide": {"latent_dim": 32, "architecture": "conv", "likelihood": "gaussian"},
        "point": {"latent_dim": 2, "variance_head": "none"},
        "relu": {"latent_dim": 8, "variance_head": "relu"},
    }
    for name, kind in kinds.items():
        VAE(VAEConfig(**small, **kind)).save_pretrained(folder / name)
    registry = ModelRegistry(folder, torch.device("cpu"))
    return {function.__name__: guarded(function) for function in how_it_works_functions(registry)}


# What the stages say


STAGES = read_stages()


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.key)
def test_each_line_of_code_is_in_the_file_named_below_it(stage: Stage) -> None:
    lines = (ROOT / "app" / "model" / f"{stage.module}.py").read_text().splitlines()
    for anchors in stage.code.values():
        for anchor in anchors:
            assert stage.source(anchor) in map(str.strip, lines)


def test_a_line_that_is_no_longer_in_the_source_is_an_error() -> None:
    (std,) = (stage for stage in STAGES if stage.key == "std")
    with pytest.raises(ValueError, match="expected 1 line with 'sigma =', got 0"):
        std.source("reparameterize sigma =")


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.key)
def test_every_stage_has_each_field_for_every_kind_of_model(stage: Stage) -> None:
    for likelihood in LIKELIHOODS:
        for head in VARIANCE_HEADS:
            encoder = "deterministic" if head == "none" else "stochastic"
            kinds = {"all", likelihood, head, encoder}
            for field in (stage.label, stage.title, stage.formula, stage.text, stage.code):
                assert kinds & field.keys()


def test_step_12_shows_sample_next_to_rsample() -> None:
    (stage,) = (stage for stage in STAGES if stage.key == "sampled_gradient")
    assert [stage.source(anchor) for anchor in stage.code["stochastic"]] == [
        "sampled = Normal(mu, std).sample()",
        "reparameterized = Normal(mu, std).rsample()",
    ]


def test_symbols_are_marked_and_words_that_contain_them_are_not() -> None:
    assert mark_symbols("z = mu") == [("z", "z"), (" = ", ""), ("mu", "mu")]
    assert mark_symbols("log σ²") == [("log σ²", "sigma")]
    assert mark_symbols("muse(zip) < 2") == [("muse(zip) < 2", "")]


def test_terms_of_the_glossary_are_split_off() -> None:
    split = [("A cost in ", ""), ("nats", "nat"), (" of ", ""), ("x̂", "mean")]
    assert split_terms("A cost in [nats](nat) of [x̂](mean)") == split
    assert split_terms("x in [0, 1] (gray)") == [("x in [0, 1] (gray)", "")]


# What the server answers


@pytest.mark.parametrize("model", ["plane", "wide", "point", "relu"])
def test_every_kind_of_model_is_answered(functions: dict[str, ServerFunction], model: str) -> None:
    answer = functions["forward_pass"]({**GOOD, "model": model})
    assert "error" not in answer
    assert (answer["kl"] is None) == (model == "point")
    for layer in answer["encoder"] + answer["decoder"]:
        rows, columns = layer["size"]
        values = int(np.prod(layer["shape"]))
        assert rows * columns == values == len(base64.b64decode(layer["pixels"]))


def test_the_pixels_terms_arrive_in_full_precision(functions: dict[str, ServerFunction]) -> None:
    answer = functions["forward_pass"](GOOD)
    per_pixel = np.frombuffer(base64.b64decode(answer["reconstruction"]), "<f4")
    x, x_hat = CROSS.ravel() / 255, np.frombuffer(base64.b64decode(answer["x_hat"]), np.uint8) / 255
    by_hand = -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat))
    np.testing.assert_allclose(per_pixel, by_hand, atol=0.02)  # x_hat came as bytes


def test_what_has_no_gradient_is_null(functions: dict[str, ServerFunction]) -> None:
    answer = functions["sampling_gradients"](GOOD)
    sampled, reparameterized = answer["sampled"], answer["reparameterized"]
    assert sampled["mu"] is sampled["logvar"] is sampled["encoder"] is None
    assert len(reparameterized["mu"]) == len(reparameterized["logvar"]) == 2
    assert reparameterized["encoder"] > 0
    assert sampled["decoder"] == pytest.approx(reparameterized["decoder"])
    assert functions["sampling_gradients"]({**GOOD, "model": "point"})["sampled"] is None


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("model", value) for value in ("nope", None, ["plane"])),
        *(("pixels", value) for value in [*BAD_PIXELS, pack(np.zeros((84, 84), np.uint8))]),
        *(("seed", value) for value in (None, "1", 0.5, True, -1, 2**32)),
    ],
)
def test_bad_input_is_answered_with_a_sentence(
    functions: dict[str, ServerFunction], name: str, key: str, value: object
) -> None:
    answer = functions[name]({**GOOD, key: value})
    assert set(answer) == {"error"}
    assert "Something went wrong" not in answer["error"], "a check is missing"
