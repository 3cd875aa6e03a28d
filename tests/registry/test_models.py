"""Which folders are models, which are left out, and what is said of the broken ones."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from app.model.vae import VAE, VAEConfig
from app.registry.dataset_info import MNIST, DatasetInfo
from app.registry.models import EncodedTestSet, ModelRegistry

CPU = torch.device("cpu")


def put(folder: Path, latent_dim: int = 2) -> Path:
    """Write a complete model with random weights to `folder`."""
    config = VAEConfig(latent_dim=latent_dim, encoder_width=8, decoder_width=8)
    VAE(config).save_pretrained(folder)
    return folder


def put_codes(folder: Path, latent_dim: int, count: int = 200) -> None:
    rng = np.random.default_rng(0)
    scales = np.linspace(3, 0.001, latent_dim)
    np.savez(
        folder / "latents.npz",
        mu=(rng.standard_normal((count, latent_dim)) * scales).astype(np.float16),
        std=np.full((count, latent_dim), 0.5, np.float16),
        label=np.arange(count, dtype=np.uint8) % 10,
        reconstruction=np.arange(count, dtype=np.float32),
        kl=np.ones(count, np.float32),
    )


def test_every_whole_folder_is_a_model(tmp_path: Path) -> None:
    put(tmp_path / "mine")
    put(tmp_path / "vae-2d")
    assert ModelRegistry(tmp_path, CPU).names == ["mine", "vae-2d"]


def test_the_study_and_the_classifier_are_no_choices(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "vae-2d")
    put(tmp_path / "study" / "ae")
    put(tmp_path / "classifier")
    assert ModelRegistry(tmp_path, CPU).names == ["vae-2d"]
    assert not caplog.records


def test_what_an_interrupted_training_left_is_no_model(tmp_path: Path) -> None:
    put(tmp_path / "vae-2d")
    put(tmp_path / "vae-2d.partial")
    put(tmp_path / "vae-2d.old")
    assert ModelRegistry(tmp_path, CPU).names == ["vae-2d"]


DAMAGES = [
    *("no config", "bad config", "other config"),
    *("no weights", "truncated weights", "bad data"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_folder_is_skipped_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    put(tmp_path / "good")
    broken = put(tmp_path / "broken")
    weights = broken / "model.safetensors"
    if damage == "no config":
        (broken / "config.json").unlink()
    elif damage == "bad config":
        (broken / "config.json").write_text('{"latent_dim": "two"}')
    elif damage == "other config":
        other = {"latent_dim": 2, "encoder_width": 8, "decoder_width": 16}
        (broken / "config.json").write_text(json.dumps(other))
    elif damage == "no weights":
        weights.unlink()
    elif damage == "bad data":
        (broken / "data.json").write_text('{"name": "x", "classes": 3, "prepare": "ink"}')
    else:
        weights.write_bytes(weights.read_bytes()[:-10])
    with caplog.at_level(logging.WARNING):
        assert ModelRegistry(tmp_path, CPU).names == ["good"]
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["skipping broken"]


def test_an_empty_folder_says_how_to_train(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="python -m training.train"):
        ModelRegistry(tmp_path, CPU)


@pytest.mark.parametrize("name", ["nope", "../vae-2d", "", None, 3, ["vae-2d"]])
def test_an_unknown_model_is_refused(tmp_path: Path, name: object) -> None:
    put(tmp_path / "vae-2d")
    with pytest.raises(ValueError, match="choose one of vae-2d"):
        ModelRegistry(tmp_path, CPU)[name]


def test_a_model_is_loaded_once_and_in_eval_mode(tmp_path: Path) -> None:
    put(tmp_path / "vae-2d")
    registry = ModelRegistry(tmp_path, CPU)
    model = registry["vae-2d"]
    assert registry["vae-2d"] is model
    assert not model.vae.training
    assert model.metrics is None
    assert model.codes is None


def test_the_share_above_counts_test_images_with_a_higher_negative_elbo(tmp_path: Path) -> None:
    put_codes(put(tmp_path / "vae-2d"), latent_dim=2)
    codes = ModelRegistry(tmp_path, CPU)["vae-2d"].codes
    assert isinstance(codes, EncodedTestSet)
    assert codes.share_above(-1.0) == 1.0
    assert codes.share_above(100.5) == pytest.approx(0.5)
    assert codes.share_above(1e6) == 0.0


@pytest.mark.parametrize("name", ["latents.npz", "metrics.json"])
def test_a_model_does_without_broken_measurements(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    (put(tmp_path / "mine") / name).write_bytes(b"PK broken")
    model = ModelRegistry(tmp_path, CPU)["mine"]
    assert model.codes is None
    assert model.metrics is None
    assert name in caplog.text


def test_a_model_says_what_it_was_trained_on(tmp_path: Path) -> None:
    clothes = DatasetInfo("Clothes", ("shirt", "shoe"), "resize")
    (put(tmp_path / "mine") / "data.json").write_bytes(clothes.to_json())
    put(tmp_path / "vae-2d")
    registry = ModelRegistry(tmp_path, CPU)
    assert registry.data == {"mine": clothes, "vae-2d": MNIST}
    assert registry["mine"].data == clothes


def test_codes_of_other_classes_than_the_data_has_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put_codes(put(tmp_path / "mine"), latent_dim=2)
    two = DatasetInfo("Clothes", ("shirt", "shoe"), "resize")
    (tmp_path / "mine" / "data.json").write_bytes(two.to_json())
    assert ModelRegistry(tmp_path, CPU)["mine"].codes is None
    assert "expected labels 0 to 1" in caplog.text


def codes_of(label: np.ndarray, mu: np.ndarray) -> EncodedTestSet:
    terms = np.zeros(len(label), np.float32)
    return EncodedTestSet(mu.astype(np.float32), np.ones_like(mu, np.float32), label, terms, terms)


@pytest.mark.parametrize(("classes", "each"), [(1, 10), (3, 3), (4, 2), (10, 1), (60, 1)])
def test_exemplars_are_at_most_ten_class_by_class(classes: int, each: int) -> None:
    label = np.arange(1200) % classes
    codes = codes_of(label, np.random.default_rng(0).normal(size=(1200, 2)))
    expected = [i for i in range(min(classes, 10)) for _ in range(each)]
    assert label[codes.exemplars].tolist() == expected
    assert len(set(codes.exemplars)) == len(codes.exemplars)


def test_the_typical_image_of_two_clouds_lies_in_the_denser_one() -> None:
    rng = np.random.default_rng(0)
    dense, loose = rng.normal(3, 0.1, size=(60, 2)), rng.normal(-3, 0.5, size=(60, 2))
    codes = codes_of(np.zeros(120, np.int64), np.concatenate([dense, loose]))
    assert codes.exemplars[0] < 60


@pytest.mark.parametrize("count", [1, 2])
def test_a_class_of_few_images_is_typical_of_itself(count: int) -> None:
    codes = codes_of(np.arange(count), np.zeros((count, 2)))
    assert codes.exemplars == list(range(count))


def test_a_dimension_without_variance_is_unused(tmp_path: Path) -> None:
    put_codes(put(tmp_path / "mine", latent_dim=4), latent_dim=4)
    codes = ModelRegistry(tmp_path, CPU)["mine"].codes
    assert codes is not None
    assert codes.active.tolist() == [True, True, True, False]


def test_the_projection_of_a_2d_model_is_its_latent_space(tmp_path: Path) -> None:
    put_codes(put(tmp_path / "vae-2d"), latent_dim=2)
    assert ModelRegistry(tmp_path, CPU)["vae-2d"].projection.tolist() == [[1, 0], [0, 1]]


def test_the_projection_of_more_dimensions_holds_the_most_variance(tmp_path: Path) -> None:
    put_codes(put(tmp_path / "mine", latent_dim=5), latent_dim=5)
    projection = ModelRegistry(tmp_path, CPU)["mine"].projection
    np.testing.assert_allclose(projection @ projection.T, np.eye(2), atol=1e-5)
    assert abs(projection[0, 0]) > 0.95
    assert abs(projection[1, 1]) > 0.95
