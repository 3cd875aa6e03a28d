"""Making all weights: finished ones stay, interrupted ones go on, and each ends in its place."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app.vae import VAE, VAEConfig
from tests.bars import write_bars
from training import evaluate, train, weights
from training.checkpoint import fingerprint
from training.recipes import RECIPES, Recipe
from training.weights import REPLAYED, Stopped, expected_seconds, make, outlook, shipped

HEAD = "study/relu-0"
NAMES = [REPLAYED, HEAD]
TINY = Recipe(
    model=VAEConfig(latent_dim=2, encoder_width=8, decoder_width=8),
    epochs=2,
    batch_size=16,
    learning_rate=3e-3,
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Options of a data set, and recipes, that take a moment."""
    relu = replace(TINY.model, variance_head="relu")
    monkeypatch.setitem(RECIPES, REPLAYED, TINY)
    monkeypatch.setitem(RECIPES, HEAD, replace(TINY, model=relu, stop_at_divergence=False))
    monkeypatch.setattr(weights, "STUDY_EFFORT", ("--samples", "2", "--cells", "10"))
    return "--data", str(write_bars(tmp_path / "bars", 40))


def test_every_model_ends_trained_and_measured_in_its_place(
    data: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(NAMES, tmp_path / "runs", tmp_path / "weights", *data)
    made = tmp_path / "weights" / REPLAYED
    assert VAE.from_pretrained(made).config == TINY.model
    assert json.loads((made / "metrics.json").read_text())["binarised"]["importance_samples"] == 2
    assert (made / "fitted_priors.json").exists()
    assert (made / "README.md").read_text().count("# study/vae") == 1
    assert (tmp_path / "weights" / "study" / "replay" / "moments.json").exists()
    head = {file.name for file in (tmp_path / "weights" / HEAD).iterdir()}
    assert head >= {"metrics.json", "training.jsonl", "config.json"}
    assert "model.safetensors" not in head, "no tab decodes with it"
    assert "1 of 2, study/vae; about 0 min of training" in capsys.readouterr().out


def test_what_is_finished_is_not_made_again(
    data: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make([HEAD], tmp_path / "runs", tmp_path / "weights", *data)
    monkeypatch.setattr(train, "main", lambda _: pytest.fail("trained again"))
    make([HEAD], tmp_path / "runs", tmp_path / "weights", *data)
    changed = replace(RECIPES[HEAD], epochs=3)
    monkeypatch.setitem(RECIPES, HEAD, changed)
    monkeypatch.setattr(train, "main", lambda _: 1)
    with pytest.raises(Stopped):
        make([HEAD], tmp_path / "runs", tmp_path / "weights", *data)


def test_an_interrupted_measuring_goes_on_without_training_anew(
    data: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(evaluate, "main", lambda _: 130)
        with pytest.raises(Stopped, match="130"):
            make([HEAD], tmp_path / "runs", tmp_path / "weights", *data)
    assert not (tmp_path / "weights" / HEAD).exists()
    monkeypatch.setattr(train, "main", lambda _: pytest.fail("trained again"))
    make([HEAD], tmp_path / "runs", tmp_path / "weights", *data)
    assert (tmp_path / "weights" / HEAD / "metrics.json").exists()


def test_what_a_recipe_begins_with_is_made_first_and_kept_aside(
    data: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "first", TINY)
    monkeypatch.setitem(RECIPES, "second", replace(TINY, initial="first"))
    monkeypatch.setitem(RECIPES, HEAD, replace(RECIPES[HEAD], model=TINY.model, initial="second"))
    make([HEAD], tmp_path / "runs", tmp_path / "weights", *data)
    aside = tmp_path / "runs" / "initial"
    for folder, initial in ((tmp_path / "weights" / HEAD, "second"), (aside / "second", "first")):
        setup = json.loads((folder / "training.jsonl").read_text().splitlines()[0])
        beginning = (aside / initial / "model.safetensors").read_bytes()
        assert setup["initial_sha256"] == fingerprint(beginning)
        assert not (tmp_path / "weights" / initial).exists()


def test_the_estimate_counts_what_a_recipe_begins_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "first", replace(TINY, epochs=5))
    monkeypatch.setitem(RECIPES, "second", replace(TINY, epochs=4, initial="first"))
    monkeypatch.setitem(RECIPES, "third", replace(TINY, epochs=3, initial="second"))
    assert expected_seconds("third", tmp_path) == 0
    log = [{"name": "third"}, *({"epoch": epoch, "seconds": 10.0} for epoch in range(3))]
    (tmp_path / "training.jsonl").write_text("\n".join(map(json.dumps, log)))
    assert expected_seconds("third", tmp_path) == 120


def test_the_estimate_follows_what_the_finished_ones_took(
    data: tuple[str, str], tmp_path: Path
) -> None:
    expected = {REPLAYED: 3600.0, HEAD: 1800.0}
    assert outlook(expected, tmp_path).startswith("about 1 h 30 min of training by the shipped")
    state = {"seconds": 7200, "finished": asdict(TINY)}
    (tmp_path / REPLAYED).mkdir(parents=True)
    (tmp_path / REPLAYED / "state.json").write_text(json.dumps(state))
    assert outlook(expected, tmp_path).startswith("about 1 h 0 min left, at 2.0 times")


def test_the_plan_holds_the_flagships() -> None:
    assert {"vae-2d", "vae-32d"} <= set(shipped(Path(__file__).parent.parent / "weights"))
