"""The classifier that measures samples: training, jitter, loading, and the shipped weights."""

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
    count_errors,
    jitter,
    main,
    predict,
    train,
)
from training.reports.render import classifier_card as card

CPU = torch.device("cpu")
QUICK = Settings(epochs=3, batch_size=32)


def halves(count: int) -> ImageSet:
    """Return images of two distinct classes: the upper or the lower half is bright."""
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


def test_training_separates_two_distinct_classes(trained: Classifier) -> None:
    assert count_errors(trained, halves(40)) == 0
    assert not trained.training


def test_a_seed_gives_the_same_weights(trained: Classifier) -> None:
    again = train(halves(96), None, QUICK, CPU)
    for first, second in zip(
        trained.state_dict().values(), again.state_dict().values(), strict=True
    ):
        assert torch.equal(first, second)


def test_validation_does_not_change_the_weights(
    trained: Classifier, capsys: pytest.CaptureFixture[str]
) -> None:
    validated = train(halves(96), halves(10), QUICK, CPU)
    assert "0 errors on 10 held-out images" in capsys.readouterr().out.splitlines()[-1]
    for first, second in zip(
        trained.state_dict().values(), validated.state_dict().values(), strict=True
    ):
        assert torch.equal(first, second)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(ValueError, match="20 images do not fill a batch of 32"):
        train(halves(20), None, QUICK, CPU)


@torch.inference_mode()
def test_predictions_come_from_the_features(trained: Classifier) -> None:
    x = random(7)
    features, probabilities = predict(trained, x)
    assert features.shape == (7, 64)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(7))
    torch.testing.assert_close(probabilities, trained(x).softmax(dim=1))
    torch.testing.assert_close(trained.head(features), trained(x))


def test_predictions_do_not_depend_on_the_batch_size(
    trained: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = predict(trained, random(7))
    monkeypatch.setattr(module, "PREDICTION_BATCH", 2)
    parts, _ = predict(trained, random(7))
    torch.testing.assert_close(parts, whole)


def test_zero_jitter_returns_the_image() -> None:
    x = random(3)
    torch.testing.assert_close(jitter(x, torch.zeros(3, 4)), x)


def test_a_jittered_image_has_the_same_shape_and_range() -> None:
    draws = 2 * torch.rand(200, 4, generator=torch.Generator().manual_seed(1)) - 1
    x = jitter(random(200), draws)
    assert x.shape == (200, 1, 28, 28)
    assert x.min() >= 0 and x.max() <= 1 + 1e-6


def dot(row: int, column: int) -> Tensor:
    x = torch.zeros(1, 1, 28, 28)
    x[..., row, column] = 1
    return x


def center_of_mass(x: Tensor) -> tuple[float, float]:
    """Return the row and column of an image's center of mass."""
    steps, mass = torch.arange(28.0), x[0, 0] / x.sum()
    return float(mass.sum(dim=1) @ steps), float(mass.sum(dim=0) @ steps)


def test_jitter_shifts_by_at_most_two_pixels() -> None:
    shifted = jitter(dot(14, 14), torch.tensor([[0.0, 0.0, 1.0, -1.0]]))
    assert center_of_mass(shifted) == pytest.approx((14 + 2, 14 - 2), abs=1e-4)


def test_jitter_rotates_about_the_center_by_at_most_twelve_degrees() -> None:
    rotated = jitter(dot(4, 14), torch.tensor([[1.0, 0.0, 0.0, 0.0]]))
    row, column = (position - 13.5 for position in center_of_mass(rotated))
    angle = math.degrees(math.atan2(column, -row) - math.atan2(0.5, 9.5))
    assert abs(angle) == pytest.approx(12, abs=0.5)
    assert math.hypot(row, column) == pytest.approx(math.hypot(9.5, 0.5), abs=0.2)


def test_jitter_scales_by_at_most_a_tenth() -> None:
    for draw, scale in (
        (1.0, 1.1),
        (-1.0, 0.9),
    ):  # a larger scale of the input coordinates shrinks the image
        scaled = jitter(dot(4, 14), torch.tensor([[0.0, draw, 0.0, 0.0]]))
        assert 13.5 - center_of_mass(scaled)[0] == pytest.approx(9.5 / scale, abs=0.2)


def test_a_saved_classifier_is_loaded(trained: Classifier, tmp_path: Path) -> None:
    save_weights(trained, tmp_path / "w")
    loaded = Classifier.from_pretrained(tmp_path / "w")
    assert not loaded.training
    torch.testing.assert_close(loaded(random(2)), trained(random(2)), atol=0.02, rtol=0.02)


def test_weights_of_another_size_are_refused(trained: Classifier, tmp_path: Path) -> None:
    save_weights(trained, tmp_path / "w")
    (tmp_path / "w" / "config.json").write_text('{"channels": 32, "hidden": 8}')
    with pytest.raises(RuntimeError, match="size mismatch"):
        Classifier.from_pretrained(tmp_path / "w")


def test_a_folder_without_config_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected a classifier, got no config.json"):
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


def test_missing_data_is_reported_as_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_shipped_weights_are_float16_and_below_one_megabyte() -> None:
    file = FOLDER / "model.safetensors"
    assert file.stat().st_size < 1_000_000
    with safe_open(file, framework="pt") as tensors:
        types = {name: tensors.get_slice(name).get_dtype() for name in tensors.keys()}  # noqa: SIM118
    counters = {name for name in types if name.endswith("num_batches_tracked")}
    assert {types[name] for name in types.keys() - counters} == {"F16"}


def test_the_shipped_metrics_and_card_are_of_the_shipped_weights() -> None:
    metrics = json.loads((FOLDER / "metrics.json").read_text())
    content = (FOLDER / "model.safetensors").read_bytes()
    assert metrics["weights_sha256"] == hashlib.sha256(content).hexdigest()
    assert metrics["accuracy"] >= 0.993
    assert (FOLDER / "README.md").read_text() == card(metrics)


def test_the_shipped_classifier_has_the_errors_in_its_metrics(mnist: Path) -> None:
    metrics = json.loads((FOLDER / "metrics.json").read_text())
    dataset = load_dataset(mnist)
    measured = module.measure(FOLDER, dataset.train, dataset.test)
    # The rounding of another processor can change the prediction of a few ambiguous images.
    assert measured["errors"] == pytest.approx(metrics["errors"], abs=2)
    assert measured["accuracy"] >= 0.993
    assert measured["training_images_sha256"] == metrics["training_images_sha256"]
