"""The training loop: what it promises of its objective, its schedule, its state and its end."""

import errno
import gzip
import json
import os
import signal
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.dataset import DatasetInfo, read_info
from app.vae import VAE, VAEConfig, kl_divergence
from tests.test_image_folder import pictures
from training import train
from training.checkpoint import load_checkpoint, save_weights, write_atomically
from training.device import faster_precision
from training.objective import objective
from training.recipes import RECIPES, Recipe
from training.run import moving_average
from training.schedule import learning_rate, noise_seed, ramp, snapshot_steps

TINY = Recipe(
    model=VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16, dropout=0.3),
    epochs=3,
    batch_size=16,
    learning_rate=3e-3,
    kl_warmup_epochs=1.0,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's four files, with 100 images of bars each."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    images = np.zeros((100, 28, 28), np.uint8)
    for image, column in zip(images, rng.integers(4, 22, 100), strict=True):
        image[4:24, column : column + 3] = 255
    for name in ("train", "t10k"):
        header = struct.pack(">4I", 0x803, 100, 28, 28)
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(
            gzip.compress(header + images.tobytes())
        )
        labels = struct.pack(">2I", 0x801, 100) + bytes(100)
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    return folder


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    return TINY


def command(data: Path, folder: Path, *options: str) -> int:
    """`python -m training.train tiny`, with its state and its weights below `folder`."""
    places = ["--data", str(data), "--run-dir", str(folder / "run"), "--output", str(folder / "w")]
    return train.main(["tiny", *places, "--device", "cpu", "--precision", "float32", *options])


# The objective


def test_the_loss_is_the_reconstruction_plus_lambda_times_kl() -> None:
    vae, x = VAE(TINY.model).eval(), torch.rand(8, 1, 28, 28)
    torch.manual_seed(1)
    terms = objective(vae, x, kl_weight=4.0)
    torch.testing.assert_close(terms.loss, terms.reconstruction + 4.0 * terms.kl)
    torch.testing.assert_close(terms.kl, kl_divergence(*vae.encode(x)).mean())


def test_without_its_kl_term_the_objective_is_an_autoencoders() -> None:
    vae, x = VAE(replace(TINY.model, variance_head="none")), torch.rand(8, 1, 28, 28)
    mu, _ = vae.eval().encode(x)
    expected = -vae.log_likelihood(vae.decode(mu), x).mean()
    torch.testing.assert_close(objective(vae, x, kl_weight=0.0).reconstruction, expected)


# The schedule


def test_the_learning_rate_rises_linearly_then_falls_to_nothing() -> None:
    rates = [learning_rate(TINY, step, per_epoch=100) for step in range(300)]
    assert rates[0] == pytest.approx(TINY.learning_rate / 100, rel=1e-3)
    assert np.argmax(rates) == 99
    assert np.all(np.diff(rates[100:]) < 0)
    assert rates[-1] < 1e-4 * TINY.learning_rate


def test_lambda_rises_to_its_weight_and_stays() -> None:
    assert [ramp(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert ramp(0, 0) == 1


def test_snapshots_are_denser_at_the_start() -> None:
    steps = snapshot_steps(10_000, 40)
    assert (steps[0], steps[-1]) == (1, 10_000)
    assert np.all(np.diff(steps, 2)[10:] > 0)


def test_every_step_has_its_own_noise() -> None:
    seeds = {noise_seed(0, step, "step") for step in range(10_000)}
    assert len(seeds) > 9_990  # of 2**32: a collision now and then
    assert noise_seed(0, 3, "step") != noise_seed(0, 3, "order")


def test_the_average_of_the_weights_follows_its_formula() -> None:
    update = moving_average(0.9)
    average = torch.tensor([0.0])
    for count, value in enumerate([1.0, 2.0, 3.0], start=1):
        before = average.item()
        decay = min(0.9, (1 + count) / (10 + count))
        update([average], [torch.tensor([value])], torch.tensor(count))
        assert average.item() == pytest.approx(decay * before + (1 - decay) * value)


def test_a_cpu_takes_the_precision_that_it_is_faster_in() -> None:
    assert faster_precision(torch.device("cpu")) in ("float32", "bf16")
    assert faster_precision(torch.device("cuda")) == "bf16"


# A run


def test_a_run_ends_in_a_weights_folder(tiny: Recipe, data: Path, tmp_path: Path) -> None:
    assert command(data, tmp_path, "--held-out", "20", "--snapshots", "5") == 0
    vae = VAE.from_pretrained(tmp_path / "w")
    assert vae.config == tiny.model
    setup, *epochs = map(json.loads, (tmp_path / "w" / "training.jsonl").read_text().splitlines())
    assert setup["recipe"]["epochs"] == len(epochs) == 3
    assert setup["images"] == 80
    assert epochs[-1]["held_out_reconstruction"] < epochs[0]["held_out_reconstruction"]
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == [
        "config.json", "data.json", "model.safetensors", "training.jsonl",
    ]  # fmt: skip
    assert len(list((tmp_path / "run" / "snapshots").iterdir())) == 5


def test_pictures_of_ones_own_become_a_model_of_their_own(
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


@pytest.mark.parametrize("place", [7, 11], ids=["within an epoch", "at the end of one"])
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(
    tiny: Recipe, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    assert command(data, tmp_path / "whole") == 0
    real_step, steps = train._step, iter(range(place))

    def interrupted_step(*arguments: object) -> None:
        if next(steps, None) is None:  # Ctrl-C in the middle of a step
            os.kill(os.getpid(), signal.SIGINT)
        real_step(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "_step", interrupted_step)
    assert command(data, tmp_path / "parts") == 130
    assert not (tmp_path / "parts" / "w").exists()
    monkeypatch.setattr(train, "_step", real_step)
    assert command(data, tmp_path / "parts", "--resume") == 0
    whole, parts = (
        load_checkpoint(tmp_path / name / "run" / "checkpoint.safetensors")[0]
        for name in ("whole", "parts")
    )
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    logs = [(tmp_path / name / "w" / "training.jsonl").read_text() for name in ("whole", "parts")]
    epochs = [[json.loads(line) for line in log.splitlines()[1:]] for log in logs]
    for whole_epoch, resumed_epoch in zip(*epochs, strict=True):
        assert {**whole_epoch, "seconds": 0} == {**resumed_epoch, "seconds": 0}
    weights = [(tmp_path / name / "w" / "model.safetensors") for name in ("whole", "parts")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_too_few_images_are_refused(
    tiny: Recipe, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path, "--batch-size", "128") == 2
    assert "100 images do not fill a batch of 128" in capsys.readouterr().err


def test_another_seed_is_another_run(tiny: Recipe, data: Path, tmp_path: Path) -> None:
    for seed in ("0", "1"):
        assert command(data, tmp_path / seed, "--seed", seed, "--epochs", "1") == 0
    files = [(tmp_path / seed / "w" / "model.safetensors").read_bytes() for seed in ("0", "1")]
    assert files[0] != files[1]


def test_a_checkpoint_of_other_settings_is_refused(
    tiny: Recipe, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path, "--epochs", "1") == 0
    assert command(data, tmp_path, "--resume", "--kl-weight", "4", "--epochs", "1") == 2
    assert "other settings: kl_weight" in capsys.readouterr().err


def test_a_diverging_run_names_epoch_step_and_term(
    tiny: Recipe, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path, "--learning-rate", "1e6") == 1
    assert "diverged: epoch" in (error := capsys.readouterr().err)
    assert "the kl term" in error or "the reconstruction term" in error
    assert not (tmp_path / "w").exists()


def test_missing_data_ends_in_one_line_that_says_what_to_do(
    tiny: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, tmp_path) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "--data" in error


# What survives


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


def test_a_full_disk_leaves_the_older_file(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    write_atomically(tmp_path / "file", b"old")
    request.getfixturevalue("full_disk")
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_full_disk_leaves_the_older_weights(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first, second = (VAE(replace(TINY.model, latent_dim=size)) for size in (2, 3))
    save_weights(first, tmp_path / "w")
    request.getfixturevalue("full_disk")
    with pytest.raises(OSError, match="No space"):
        save_weights(second, tmp_path / "w")
    assert VAE.from_pretrained(tmp_path / "w").config.latent_dim == 2


def test_new_weights_replace_the_folder_with_its_stale_metrics(tmp_path: Path) -> None:
    save_weights(VAE(TINY.model), tmp_path / "w", {"metrics.json": b"{}"})
    save_weights(VAE(TINY.model), tmp_path / "w")
    assert not (tmp_path / "w" / "metrics.json").exists()


def test_saving_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    vae = VAE(TINY.model)
    save_weights(vae, tmp_path / "w")
    assert next(vae.parameters()).dtype == torch.float32
