"""The study: which models it holds, and in which order a page goes through them."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from app.registry import ablations
from app.registry.ablations import HEADS, REQUIRED, Ablations, read_ablations
from tests.paths import WEIGHTS
from training.recipes import RECIPES


def put(weights: Path, name: str, **recipe: Any) -> None:
    folder = weights / "study" / name
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text("{}")
    setup = {"recipe": {"kl_weight": 1.0, "seed": 0} | recipe}
    (folder / "training.jsonl").write_text(f"{json.dumps(setup)}\n{{}}\n")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    for name in REQUIRED:
        put(tmp_path, name)
    put(tmp_path, "lambda-8", kl_weight=8.0)
    put(tmp_path, "lambda-0.5", kl_weight=0.5)
    for name, seed in (("log-1", 1), ("relu-0", 0), ("relu-10", 10), ("relu-2", 2)):
        put(tmp_path, name, seed=seed)
    return tmp_path


def found(weights: Path) -> Ablations:
    read = read_ablations(weights)
    assert read is not None
    return read


def test_the_sweep_goes_up_with_lambda_and_the_vae_is_in_it(weights: Path) -> None:
    assert list(found(weights).by_lambda.items()) == [
        *[(0.5, "lambda-0.5"), (1.0, "vae"), (8.0, "lambda-8")]
    ]


def test_the_heads_go_by_seed_and_the_vae_is_the_first_of_log(weights: Path) -> None:
    by_head = found(weights).by_head
    assert by_head["log"] == ["vae", "log-1"]
    assert by_head["relu"] == ["relu-0", "relu-2", "relu-10"]
    assert by_head["abs"] == []


@pytest.mark.parametrize("name", REQUIRED)
def test_without_one_of_its_models_there_is_no_study(name: str, weights: Path) -> None:
    (weights / "study" / name / "metrics.json").unlink()
    assert read_ablations(weights) is None


def test_a_broken_study_is_left_out_with_a_warning(
    weights: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (weights / "study" / "ae" / "training.jsonl").write_text("{")
    with caplog.at_level(logging.WARNING):
        assert read_ablations(weights) is None
    assert "leaving out the study" in caplog.text


def test_the_shipped_study_is_whole() -> None:
    shipped = found(WEIGHTS)
    expected = {name.removeprefix("study/") for name in RECIPES if name.startswith("study/")}
    assert shipped.metrics.keys() == expected
    assert len(shipped.by_lambda) >= 6
    assert {head: len(names) for head, names in shipped.by_head.items()} == dict.fromkeys(HEADS, 3)
    assert (WEIGHTS / ablations.REPLAY / "moments.json").exists()
