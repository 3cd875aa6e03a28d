"""The judge of samples: what its training does to images, and what the shipped one is worth."""

import hashlib
import json
import math
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from tests.bars import write_bars
from training.checkpoint import save_weights
from training.data import ImageSet, load_dataset
from training.evaluation import classifier as module
from training.evaluation.classifier import (
    FOLDER,
    Classifier,
    Settings,
    errors,
    jitter,
    main,
    read,
    train,
)
from training.reports.render import classifier_card as card

CPU = torch.device("cpu")
QUICK = Settings(epochs=3, batch_size=32)


def halves(count: int) -> ImageSet:
    """Two classes that anyone can tell apart: the upper or the lower half is bright."""
    labels = torch.arange(count) % 2
    images = torch.zeros(count, 1, 28, 28, dtype=torch.uint8)
    images[labels == 0, :, 4:12] = 200
    images[labels == 1, :, 16:24] = 200
    return ImageSet(images, labels)


def random(count: int) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def trained() -> Classifier:
    return train(halves(96), None, QUICK, CPU)


def test_it_learns_what_anyone_can_tell_apart(trained: Classifier) -> None:
    assert errors(trained, halves(40)) == 0
    assert not trained.training


def test_a_seed_gives_the_same_weights(trained: Classifier) -> None:
    again = train(halves(96), None, QUICK, CPU)
    for first, second in zip(
        trained.state_dict().values(), again.state_dict().values(), strict=True
    ):
        assert torch.equal(first, second)


def test_looking_at_held_out_images_changes_nothing(
    trained: Classifier, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = train(halves(96), halves(10), QUICK, CPU)
    assert "0 errors on 10 held-out images" in capsys.readouterr().out.splitlines()[-1]
    for first, second in zip(
        trained.state_dict().values(), seen.state_dict().values(), strict=True
    ):
        assert torch.equal(first, second)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(ValueError, match="20 images do not fill a batch of 32"):
        train(halves(20), None, QUICK, CPU)


@torch.inference_mode()
def test_the_head_reads_the_features(trained: Classifier) -> None:
    x = random(7)
    features, probabilities = read(trained, x)
    assert features.shape == (7, 64)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(7))
    torch.testing.assert_close(probabilities, trained(x).softmax(dim=1))
    torch.testing.assert_close(trained.head(features), trained(x))


def test_an_image_is_read_alike_in_any_batch(
    trained: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = read(trained, random(7))
    monkeypatch.setattr(module, "READ_BATCH", 2)
    parts, _ = read(trained, random(7))
    torch.testing.assert_close(parts, whole)


def test_no_jitter_is_the_image_itself() -> None:
    x = random(3)
    torch.testing.assert_close(jitter(x, torch.zeros(3, 4)), x)


def test_jitter_stays_an_image() -> None:
    draws = 2 * torch.rand(200, 4, generator=torch.Generator().manual_seed(1)) - 1
    x = jitter(random(200), draws)
    assert x.shape == (200, 1, 28, 28)
    assert x.min() >= 0 and x.max() <= 1 + 1e-6


def dot(row: int, column: int) -> Tensor:
    x = torch.zeros(1, 1, 28, 28)
    x[..., row, column] = 1
    return x


def centre(x: Tensor) -> tuple[float, float]:
    """Row and column of an image's centre of mass."""
    steps, mass = torch.arange(28.0), x[0, 0] / x.sum()
    return float(mass.sum(dim=1) @ steps), float(mass.sum(dim=0) @ steps)


def test_jitter_shifts_by_at_most_two_pixels() -> None:
    shifted = jitter(dot(14, 14), torch.tensor([[0.0, 0.0, 1.0, -1.0]]))
    assert centre(shifted) == pytest.approx((14 + 2, 14 - 2), abs=1e-4)


def test_jitter_turns_about_the_middle_by_at_most_twelve_degrees() -> None:
    turned = jitter(dot(4, 14), torch.tensor([[1.0, 0.0, 0.0, 0.0]]))
    row, column = (place - 13.5 for place in centre(turned))
    angle = math.degrees(math.atan2(column, -row) - math.atan2(0.5, 9.5))
    assert abs(angle) == pytest.approx(12, abs=0.5)
    assert math.hypot(row, column) == pytest.approx(math.hypot(9.5, 0.5), abs=0.2)


def test_jitter_scales_by_at_most_a_tenth() -> None:
    for draw, scale in ((1.0, 1.1), (-1.0, 0.9)):  # of the place that is looked up
        scaled = jitter(dot(4, 14), torch.tensor([[0.0, draw, 0.0, 0.0]]))
        assert 13.5 - centre(scaled)[0] == pytest.approx(9.5 / scale, abs=0.2)


def test_a_folder_gives_the_classifier_back(trained: Classifier, tmp_path: Path) -> None:
    save_weights(trained, tmp_path / "w")
    loaded = Classifier.from_pretrained(tmp_path / "w")
    assert not loaded.training
    torch.testing.assert_close(loaded(random(2)), trained(random(2)), atol=0.02, rtol=0.02)


def test_weights_of_another_size_are_refused(trained: Classifier, tmp_path: Path) -> None:
    save_weights(trained, tmp_path / "w")
    (tmp_path / "w" / "config.json").write_text('{"channels": 32, "hidden": 8}')
    with pytest.raises(RuntimeError, match="size mismatch"):
        Classifier.from_pretrained(tmp_path / "w")


def test_a_folder_without_configuration_is_no_classifier(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no config.json, so this is no classifier"):
        Classifier.from_pretrained(tmp_path)


def test_the_command_writes_weights_metrics_and_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "Settings", lambda: Settings(epochs=1, batch_size=16))
    data, folder = write_bars(tmp_path / "bars", 32), tmp_path / "classifier"
    assert main(["--data", str(data), "--output", str(folder)]) == 0
    assert f"errors on 32 test images; in {folder}" in capsys.readouterr().out
    metrics = json.loads((folder / "metrics.json").read_text())
    content = (folder / "model.safetensors").read_bytes()
    assert metrics["weights_sha256"] == hashlib.sha256(content).hexdigest()
    assert metrics["accuracy"] == 1 - metrics["errors"] / 32
    assert metrics["training"]["images"] == 32
    assert (folder / "README.md").read_text() == card(metrics)


def test_validation_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "Settings", lambda: Settings(epochs=1, batch_size=16))
    data, folder = write_bars(tmp_path / "bars", 32), tmp_path / "classifier"
    assert main(["--data", str(data), "--output", str(folder), "--held-out", "10"]) == 0
    assert "errors on 10 held-out images" in capsys.readouterr().out
    assert not folder.exists()


def test_no_data_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_shipped_file_is_half_precision_and_below_a_megabyte() -> None:
    file = FOLDER / "model.safetensors"
    assert file.stat().st_size < 1_000_000
    with safe_open(file, framework="pt") as tensors:
        types = {name: tensors.get_slice(name).get_dtype() for name in tensors.keys()}  # noqa: SIM118
    counters = {name for name in types if name.endswith("num_batches_tracked")}
    assert {types[name] for name in types.keys() - counters} == {"F16"}


def test_the_shipped_metrics_and_card_are_of_the_shipped_file() -> None:
    metrics = json.loads((FOLDER / "metrics.json").read_text())
    content = (FOLDER / "model.safetensors").read_bytes()
    assert metrics["weights_sha256"] == hashlib.sha256(content).hexdigest()
    assert metrics["accuracy"] >= 0.993
    assert (FOLDER / "README.md").read_text() == card(metrics)


def test_the_shipped_classifier_makes_the_errors_that_its_metrics_say(mnist: Path) -> None:
    metrics = json.loads((FOLDER / "metrics.json").read_text())
    dataset = load_dataset(mnist)
    measured = module.measure(FOLDER, dataset.train, dataset.test)
    # Another machine's rounding may tip an image that stands between two digits.
    assert measured["errors"] == pytest.approx(metrics["errors"], abs=2)
    assert measured["accuracy"] >= 0.993
    assert measured["training_images_sha256"] == metrics["training_images_sha256"]
