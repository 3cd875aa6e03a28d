"""The shipped weights are what their metrics say, and what was promised of them."""

import hashlib
import json
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from app import inference
from app.dataset import MNIST
from app.vae import VAE
from training.bounds import bounds
from training.card import card
from training.data import binarise, load_dataset, to_unit
from training.noise import uniform
from training.pictures import pictures
from training.recipes import RECIPES
from training.results import updated

WEIGHTS = Path(__file__).parent.parent / "weights"
PROMISED = {"vae-2d": (133.5, 130.5), "vae-32d": (89.0, 85.5)}  # -ELBO, NLL, binarised, in nats
FOLDERS = [WEIGHTS / name for name in PROMISED]  # not those of one's own beside them
SUBSET = 500


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def metrics(folder: Path) -> dict[str, Any]:
    measured: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return measured


def test_weights_are_half_precision_and_small_enough_for_a_space(folder: Path) -> None:
    file = folder / "model.safetensors"
    assert file.stat().st_size <= 9_500_000
    with safe_open(file, framework="pt") as tensors:
        assert {tensors.get_slice(name).get_dtype() for name in tensors.keys()} == {"F16"}  # noqa: SIM118


def test_the_metrics_are_of_these_weights(folder: Path, metrics: dict[str, Any]) -> None:
    content = (folder / "model.safetensors").read_bytes()
    assert metrics["weights_sha256"] == hashlib.sha256(content).hexdigest()


def test_the_metrics_reach_what_was_promised(folder: Path, metrics: dict[str, Any]) -> None:
    negative_elbo, nll = PROMISED[folder.name]
    assert metrics["binarised"]["negative_elbo"]["mean"] <= negative_elbo
    assert metrics["binarised"]["nll"]["mean"] <= nll
    assert metrics["binarised"]["importance_samples"] >= 1000


def test_the_card_is_made_from_the_files_beside_it(folder: Path, metrics: dict[str, Any]) -> None:
    records = map(json.loads, (folder / "training.jsonl").read_text().splitlines())
    assert (folder / "README.md").read_text() == card(folder.name, list(records), metrics, MNIST)


def test_the_recipe_of_that_name_is_how_they_were_trained(folder: Path) -> None:
    setup = json.loads((folder / "training.jsonl").read_text().splitlines()[0])
    now, then = asdict(RECIPES[folder.name]), setup["recipe"]
    then["model"] = now["model"] | then["model"]  # options that came later had no say
    assert now | then == now


def test_the_pictures_are_of_these_weights(folder: Path) -> None:
    for name, content in pictures(VAE.from_pretrained(folder)).items():
        ours, shipped = (
            np.asarray(Image.open(file), dtype=int) for file in (BytesIO(content), folder / name)
        )
        assert np.abs(ours - shipped).max() <= 1  # another machine rounds otherwise


def test_no_image_is_shipped(folder: Path) -> None:
    with np.load(folder / "latents.npz") as arrays:
        assert set(arrays) == {"mu", "std", "label", "reconstruction", "kl"}
        assert {len(arrays[name]) for name in arrays} == {10_000}


def test_the_terms_on_the_test_set_are_reproduced(
    folder: Path, metrics: dict[str, Any], mnist: Path
) -> None:
    test = load_dataset(mnist).test
    draw = torch.Generator().manual_seed(metrics["binarised"]["seed"])
    x = binarise(test.images, uniform(tuple(test.images.shape), draw))[:SUBSET]
    estimate = bounds(VAE.from_pretrained(folder), x, samples=20, seed=1)
    for name, values in (("negative_elbo", -estimate.elbo), ("kl", estimate.kl)):
        error = 4 * float(values.std()) / SUBSET**0.5
        assert float(values.mean()) == pytest.approx(metrics["binarised"][name]["mean"], abs=error)


def test_the_page_computes_the_terms_that_the_codes_hold(folder: Path, mnist: Path) -> None:
    test = load_dataset(mnist).test
    vae = VAE.from_pretrained(folder)
    result = inference.reconstruct(vae, to_unit(test.images[:50]).squeeze(1).numpy())
    with np.load(folder / "latents.npz") as codes:
        np.testing.assert_allclose(result.reconstruction, codes["reconstruction"][:50], rtol=1e-3)
        np.testing.assert_allclose(result.posterior.mu, codes["mu"][:50], atol=1e-2)
        assert codes["label"][:50].tolist() == test.labels[:50].tolist()


def test_the_readme_holds_the_table_of_these_metrics() -> None:
    readme = (WEIGHTS.parent / "README.md").read_text()
    assert updated(readme, WEIGHTS) == readme
