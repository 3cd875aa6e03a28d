"""Training: schedule, average of the weights, checkpoints, divergence and output."""

import errno
import json
import os
import signal
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from app.model.vae import VAE, VAEConfig
from app.registry.dataset_info import DatasetInfo, read_info
from tests.bars import write_bars
from tests.training.test_image_folder import pictures
from training import train
from training.checkpoint import load_checkpoint, save_weights, write_atomically
from training.initialization import set_output_bias
from training.loop import Trainer
from training.recipes import RECIPES, Recipe
from training.schedule import augment_prob, learning_rate, ramp, snapshot_steps
from training.train_state import resume, start, update_average

TINY = Recipe(
    model=VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16, dropout=0.3),
    epochs=3,
    batch_size=16,
    learning_rate=3e-3,
    kl_warmup_epochs=1.0,
)
CONVOLUTIONAL = replace(TINY.model, architecture="conv", dense_width=16)
MEASURED = {"seconds": 0, "peak_mb": 0}  # columns that differ between equal runs


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with MNIST's four files, which hold 100 images of bars each."""
    return write_bars(tmp_path_factory.mktemp("data"), 100)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    return TINY


def command(data: Path, folder: Path, *options: str) -> int:
    """Run `python -m training.train tiny` with state and weights in `folder`; return the code."""
    places = ["--data", str(data), "--run-dir", str(folder / "run"), "--output", str(folder / "w")]
    return train.main(["tiny", *places, "--device", "cpu", "--precision", "float32", *options])


def epochs(folder: Path) -> list[dict[str, float]]:
    """Return the epochs' records in the log of `command`."""
    lines = (folder / "w" / "training.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines[1:]]


# The schedule


def test_the_learning_rate_rises_linearly_then_falls_to_zero() -> None:
    rates = [learning_rate(TINY, step, per_epoch=100) for step in range(300)]
    assert rates[0] == pytest.approx(TINY.learning_rate / 100, rel=1e-3)
    assert np.argmax(rates) == 99
    assert np.all(np.diff(rates[100:]) < 0)
    assert rates[-1] < 1e-4 * TINY.learning_rate


def test_a_linear_cooldown_falls_by_the_same_amount_at_every_step() -> None:
    recipe = replace(TINY, cooldown="linear", cooldown_fraction=0.5)
    rates = [learning_rate(recipe, step, per_epoch=100) for step in range(300)]
    assert rates[100:151] == pytest.approx([TINY.learning_rate] * 51)
    assert np.diff(rates[150:]) == pytest.approx(-TINY.learning_rate / 150)


def test_the_number_of_epochs_does_not_affect_the_rate_before_the_cooldown() -> None:
    short, long = (replace(TINY, epochs=epochs, cooldown_fraction=0.25) for epochs in (4, 8))
    rates = [[learning_rate(recipe, step, per_epoch=100) for step in range(400)]
             for recipe in (short, long)]  # fmt: skip
    assert rates[0][:300] == rates[1][:300]
    assert np.all(np.diff(rates[0][300:]) < 0)
    assert rates[0][-1] < 1e-3 * TINY.learning_rate


def test_a_run_ends_without_augmentation() -> None:
    recipe = replace(TINY, augment_prob=0.5, cooldown_fraction=0.5)
    probabilities = np.array([augment_prob(recipe, step, per_epoch=100) for step in range(300)])
    assert np.all(probabilities[:151] == 0.5)
    assert np.all(np.diff(probabilities[150:270]) < 0)
    assert np.all(probabilities[270:] == 0)
    assert not any(augment_prob(TINY, step, per_epoch=100) for step in range(300))


def test_the_warm_up_rises_linearly_to_one_and_stays() -> None:
    assert [ramp(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert ramp(0, 0) == 1


def test_snapshots_are_denser_at_the_start() -> None:
    steps = snapshot_steps(10_000, 40)
    assert (steps[0], steps[-1]) == (1, 10_000)
    assert np.all(np.diff(steps, 2)[10:] > 0)


def test_the_moving_average_of_the_weights_follows_its_formula() -> None:
    averaged, model = (torch.nn.Linear(1, 1, bias=False) for _ in range(2))
    for step in (0, 1, 2, 500):
        before, now = averaged.weight.item(), torch.randn(1, 1)
        model.weight.data.copy_(now)
        update_average(averaged, model, step, decay=0.9)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * before + (1 - decay) * now.item()
        assert averaged.weight.item() == pytest.approx(expected, abs=1e-6)


def test_a_decoder_may_begin_at_the_mean_image() -> None:
    images = torch.zeros(9, 1, 28, 28, dtype=torch.uint8)
    images[:3, :, 5] = 255
    vae = VAE(replace(TINY.model, dropout=0.0))
    set_output_bias(vae, images)
    [*_, last] = [layer for layer in vae.decoder.modules() if isinstance(layer, torch.nn.Linear)]
    expected = torch.full((28, 28), 0.5 / 10)
    expected[5] = 3.5 / 10
    torch.testing.assert_close(last.bias.sigmoid().view(28, 28), expected)
    with pytest.raises(ValueError, match="expected dense networks, mlp, got conv"):
        set_output_bias(VAE(CONVOLUTIONAL), images)


# A run


def test_a_run_writes_a_weights_folder(tiny: Recipe, data: Path, tmp_path: Path) -> None:
    assert command(data, tmp_path, "--held-out", "20", "--snapshots", "5") == 0
    vae = VAE.from_pretrained(tmp_path / "w")
    assert vae.config == tiny.model
    setup = json.loads((tmp_path / "w" / "training.jsonl").read_text().splitlines()[0])
    first, *_, last = records = epochs(tmp_path)
    assert setup["recipe"]["epochs"] == len(records) == 3
    assert setup["images"] == 80
    assert last["held_out_reconstruction"] < first["held_out_reconstruction"]
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == [
        "config.json", "data.json", "model.safetensors", "plane.png", "samples.png",
        "training.jsonl",
    ]  # fmt: skip
    modes = {path.stat().st_mode for path in (tmp_path / "w").iterdir()}
    assert len(modes) == 1, "all files have the same permissions"
    assert len(list((tmp_path / "run" / "snapshots").iterdir())) == 5


def test_your_own_images_train_a_model_named_after_their_folder(
    tiny: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("circles", "squares"):
        pictures(tmp_path / "My shapes" / name, 20)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert train.main(["tiny", "--data", "My shapes", "--epochs", "1", "--device", "cpu"]) == 0
    [folder] = (tmp_path / "weights").iterdir()
    [run_dir] = (tmp_path / "cache" / "vae-demo" / "runs").iterdir()
    assert folder.name == run_dir.name == "tiny-my-shapes"
    assert read_info(folder) == DatasetInfo("My shapes", ("circles", "squares"), "resize")
    assert f"training.evaluate {folder.relative_to(tmp_path)} --data 'My shapes'" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("steps_before", [7, 11], ids=["within an epoch", "at the end of an epoch"])
@pytest.mark.parametrize("model", [TINY.model, CONVOLUTIONAL], ids=["mlp", "conv"])
def test_a_resumed_run_is_bit_exact(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps_before: int, model: VAEConfig
) -> None:
    monkeypatch.setitem(RECIPES, "tiny", replace(TINY, model=model))
    assert command(data, tmp_path / "whole") == 0
    real_step, steps = Trainer.step, iter(range(steps_before))

    def interrupted_step(trainer: Trainer, batch: torch.Tensor) -> None:
        if next(steps, None) is None:  # Ctrl-C in the middle of a step
            os.kill(os.getpid(), signal.SIGINT)
        real_step(trainer, batch)

    monkeypatch.setattr(Trainer, "step", interrupted_step)
    assert command(data, tmp_path / "parts") == 130
    assert not (tmp_path / "parts" / "w").exists()
    monkeypatch.setattr(Trainer, "step", real_step)
    assert command(data, tmp_path / "parts", "--resume") == 0
    whole, parts = (
        load_checkpoint((tmp_path / name / "run" / "checkpoint.safetensors").read_bytes())[0]
        for name in ("whole", "parts")
    )
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    logs = [epochs(tmp_path / name) for name in ("whole", "parts")]
    for whole_epoch, resumed_epoch in zip(*logs, strict=True):
        assert whole_epoch | MEASURED == resumed_epoch | MEASURED
    weights = [(tmp_path / name / "w" / "model.safetensors") for name in ("whole", "parts")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_too_few_images_are_refused(
    tiny: Recipe, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path, "--batch-size", "128") == 2
    assert "100 images do not fill a batch of 128" in capsys.readouterr().err


def test_another_seed_gives_other_weights(tiny: Recipe, data: Path, tmp_path: Path) -> None:
    for seed in ("0", "1"):
        assert command(data, tmp_path / seed, "--seed", seed, "--epochs", "1") == 0
    files = [(tmp_path / seed / "w" / "model.safetensors").read_bytes() for seed in ("0", "1")]
    assert files[0] != files[1]


def test_a_checkpoint_older_than_a_setting_had_its_default(tiny: Recipe) -> None:
    state = start("tiny", TINY, torch.device("cpu"), "float32")
    state.sums = torch.zeros(1)
    recipe = {name: value for name, value in asdict(TINY).items() if name != "beta2"}
    saved = {
        "recipe": recipe,
        "precision": "float32",
        "threads": torch.get_num_threads(),
        "step": 0,
        "first_loss": None,
        "epoch_seconds": 0.0,
        "epochs": [],
        "images": 0,
    }
    tensors = {f"{prefix}.{name}": value for prefix in ("vae", "averaged")
               for name, value in getattr(state, prefix).state_dict().items()}  # fmt: skip
    content = save({**tensors, "sums": state.sums}, metadata={"state": json.dumps(saved)})
    assert resume(content, "tiny", TINY, torch.device("cpu")).step == 0
    other = replace(TINY, beta2=0.5)
    with pytest.raises(ValueError, match="other settings: beta2"):
        resume(content, "tiny", other, torch.device("cpu"))


def test_a_checkpoint_of_other_settings_is_refused(
    tiny: Recipe, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path, "--epochs", "1") == 0
    assert command(data, tmp_path, "--resume", "--kl-weight", "4", "--epochs", "1") == 2
    assert "other settings: kl_weight" in capsys.readouterr().err


def test_a_diverging_run_reports_epoch_step_and_term(
    tiny: Recipe, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path, "--learning-rate", "1e6") == 1
    assert "diverged: epoch" in (error := capsys.readouterr().err)
    assert "the kl term" in error or "the reconstruction term" in error
    assert not (tmp_path / "w").exists()


def test_a_run_can_skip_steps_with_a_gradient_that_is_not_finite(
    monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path
) -> None:
    wild = replace(TINY, learning_rate=1e4, stop_at_divergence=False)
    monkeypatch.setitem(RECIPES, "tiny", wild)
    assert command(data, tmp_path) == 0
    assert sum(epoch["lost_steps"] for epoch in epochs(tmp_path)) > 0
    assert all(p.isfinite().all() for p in VAE.from_pretrained(tmp_path / "w").parameters())


def test_a_run_can_skip_steps_with_a_large_gradient(
    tiny: Recipe, monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path
) -> None:
    assert command(data, tmp_path) == 0
    usual = epochs(tmp_path)[0]["gradient_norm"]
    monkeypatch.setitem(RECIPES, "tiny", replace(tiny, gradient_skip=usual))
    assert command(data, tmp_path / "skipping") == 0
    first = epochs(tmp_path / "skipping")[0]
    assert first["lost_steps"] > 0
    assert first["gradient_norm"] < usual


def test_an_infinite_term_is_null_in_the_log(
    monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path
) -> None:
    # With ReLU sigma^2 = 0 in some dimension of nearly every image: infinite KL, zero gradient.
    model = replace(TINY.model, variance_head="relu")
    monkeypatch.setitem(RECIPES, "tiny", replace(TINY, model=model, stop_at_divergence=False))
    assert command(data, tmp_path) == 0
    last = epochs(tmp_path)[-1]
    assert last["kl"] is None
    assert last["loss"] is None
    assert last["reconstruction"] > 0


def test_the_log_contains_the_columns_of_the_curves(
    tiny: Recipe, data: Path, tmp_path: Path
) -> None:
    assert command(data, tmp_path) == 0
    for epoch in epochs(tmp_path):
        assert epoch["gradient_norm"] > 0
        assert epoch["lost_steps"] == 0
        assert 0 < epoch["variance"] < 2
        # The weight of the KL term rises to 1 over the first epoch.
        largest = epoch["reconstruction"] + epoch["kl"]
        assert epoch["reconstruction"] < epoch["loss"] < largest + 1e-3


def test_the_help_fits_one_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        train.main(["--help"])
    assert len(capsys.readouterr().out.splitlines()) <= 34


def test_missing_data_is_reported_in_one_line_with_advice(
    tiny: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, tmp_path) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "--data" in error


# Atomic writes


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


def test_a_full_disk_keeps_the_previous_file(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    write_atomically(tmp_path / "file", b"old")
    request.getfixturevalue("full_disk")
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_full_disk_keeps_the_previous_weights(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first, second = (VAE(replace(TINY.model, latent_dim=size)) for size in (2, 3))
    save_weights(first, tmp_path / "w")
    request.getfixturevalue("full_disk")
    with pytest.raises(OSError, match="No space"):
        save_weights(second, tmp_path / "w")
    assert VAE.from_pretrained(tmp_path / "w").config.latent_dim == 2


def test_new_weights_remove_the_stale_metrics(tmp_path: Path) -> None:
    save_weights(VAE(TINY.model), tmp_path / "w", {"metrics.json": b"{}"})
    save_weights(VAE(TINY.model), tmp_path / "w")
    assert not (tmp_path / "w" / "metrics.json").exists()


def test_saving_does_not_change_the_model(tmp_path: Path) -> None:
    vae = VAE(TINY.model)
    save_weights(vae, tmp_path / "w")
    assert next(vae.parameters()).dtype == torch.float32
