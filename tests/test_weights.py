"""The shipped weights match their metrics, cards, recipes and promised likelihoods."""

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

from app.model import inference
from app.model.vae import VAE
from app.registry.dataset_info import MNIST
from tests.paths import WEIGHTS
from training.checkpoint import fingerprint
from training.data import binarize, load_dataset, to_unit
from training.evaluation.importance_sampling import ImportanceSamplingConfig, bounds
from training.evaluation.metrics import evenly_spaced
from training.noise import uniform
from training.recipes import FLAGSHIPS, RECIPES, complete
from training.reports.previews import LEVELS, pictures
from training.reports.render import DOCUMENTS, SUMMARY, table, updated
from training.reports.render import model_card as card

# -ELBO and NLL of binarized images in nats; the NLL by quadrature in two dimensions.
PROMISED = {"vae-2d": (130.0, 126.3), "vae-32d": (85.1, 82.0)}
MAX_BYTES = 48_000_000  # of all weights
SHIPPED = {*PROMISED, "study", "classifier"}
OURS = [name for name in RECIPES if name.split("/")[0] in SHIPPED]
DECODING = [name for name in OURS if (WEIGHTS / name / "model.safetensors").exists()]
MEASURED = [name for name in OURS if (WEIGHTS / name / "metrics.json").exists()]
SUBSET = 500


@pytest.fixture(params=DECODING)
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of a recipe with shipped weights; your own models are not included."""
    recipe: str = request.param
    return recipe


@pytest.fixture
def folder(name: str) -> Path:
    return WEIGHTS / name


def read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text())
    return content


@pytest.fixture
def metrics(folder: Path) -> dict[str, Any]:
    return read(folder / "metrics.json")


def test_weights_are_float16_and_below_9_5_megabytes(folder: Path) -> None:
    file = folder / "model.safetensors"
    assert file.stat().st_size <= 9_500_000
    with safe_open(file, framework="pt") as tensors:
        assert {tensors.get_slice(name).get_dtype() for name in tensors.keys()} == {"F16"}  # noqa: SIM118


def test_all_weights_together_are_below_48_megabytes() -> None:
    files = [file for file in WEIGHTS.rglob("*") if file.is_file()]
    shipped = [file for file in files if file.relative_to(WEIGHTS).parts[0] in SHIPPED]
    assert sum(file.stat().st_size for file in shipped) <= MAX_BYTES


def test_the_metrics_are_of_these_weights(folder: Path, metrics: dict[str, Any]) -> None:
    assert metrics["weights_sha256"] == fingerprint((folder / "model.safetensors").read_bytes())


@pytest.mark.parametrize("name", PROMISED)
def test_the_metrics_reach_the_promised_likelihoods(name: str, metrics: dict[str, Any]) -> None:
    negative_elbo, nll = PROMISED[name]
    terms = metrics["binarised"]
    assert terms["negative_elbo"]["mean"] <= negative_elbo
    assert terms.get("nll_quadrature", terms["nll"])["mean"] <= nll


def test_the_importance_sampled_nll_is_above_that_of_quadrature() -> None:
    terms = read(WEIGHTS / "vae-2d" / "metrics.json")["binarised"]
    assert terms["nll"]["mean"] > terms["nll_quadrature"]["mean"]


@pytest.mark.parametrize("name", MEASURED)
def test_the_card_is_rendered_from_the_files_next_to_it(
    name: str, folder: Path, metrics: dict[str, Any]
) -> None:
    records = map(json.loads, (folder / "training.jsonl").read_text().splitlines())
    assert (folder / "README.md").read_text() == card(name, list(records), metrics, MNIST)


def test_the_map_is_whole() -> None:
    """One to two parts a class, no two test images with one code, few codes that noise moves."""
    measured = read(WEIGHTS / "vae-2d" / "metrics.json")["map"]
    assert measured["islands"] <= 1.4
    assert measured["same_code"] == 0
    assert measured["jumps"] <= 0.02


@pytest.mark.parametrize("name", MEASURED)
def test_the_weights_were_trained_with_the_recipe_of_their_name(name: str, folder: Path) -> None:
    setup = json.loads((folder / "training.jsonl").read_text().splitlines()[0])
    assert json.loads(json.dumps(asdict(RECIPES[name]))) == complete(setup["recipe"])
    if name not in FLAGSHIPS:
        assert setup.get("held_out", 0) == 0, "ablations are trained on all training images"


def test_the_preview_images_are_of_these_weights(folder: Path) -> None:
    for name, content in pictures(VAE.from_pretrained(folder)).items():
        ours, shipped = (
            np.asarray(Image.open(file), dtype=int) for file in (BytesIO(content), folder / name)
        )
        # The rounding of another processor can change a pixel to the next gray level.
        assert np.abs(ours - shipped).max() <= 255 / (LEVELS - 1)
        assert (ours != shipped).mean() < 1e-3


def test_the_codes_contain_no_images(folder: Path, metrics: dict[str, Any]) -> None:
    columns = {"mu", "std", "label", "reconstruction"}
    with np.load(folder / "latents.npz") as arrays:
        assert set(arrays) == columns | ({"kl"} if "kl" in metrics["grey"] else set())
        assert len({len(arrays[column]) for column in arrays}) == 1


def test_the_terms_on_the_test_set_are_reproduced(
    folder: Path, metrics: dict[str, Any], mnist: Path
) -> None:
    test = load_dataset(mnist).test
    vae, x = VAE.from_pretrained(folder), to_unit(test.images)
    terms = metrics.get("binarised", metrics["grey"])
    if vae.config.likelihood == "bernoulli":
        draw = torch.Generator().manual_seed(terms["seed"])
        x = binarize(test.images, uniform(tuple(x.shape), draw))
    chosen = x[evenly_spaced(len(x), SUBSET)]  # the first half of the test set is easier
    found = bounds(vae, chosen, ImportanceSamplingConfig(20, seed=1))
    estimates = {
        "reconstruction": found.reconstruction,
        "kl": found.kl,
        "negative_elbo": -found.elbo,
    }
    for name in estimates.keys() & terms.keys():
        values = estimates[name]
        error = 4 * float(values.std()) / SUBSET**0.5 + 1e-4  # they are rounded
        assert float(values.mean()) == pytest.approx(terms[name]["mean"], abs=error), name


def test_the_page_computes_the_stored_terms(folder: Path, mnist: Path) -> None:
    test = load_dataset(mnist).test
    vae = VAE.from_pretrained(folder)
    x = to_unit(test.images[:50]).squeeze(1).numpy()
    result = inference.reconstruct(vae, x)
    term = inference.reconstruction_term(vae, x, result.posterior)
    with np.load(folder / "latents.npz") as codes:
        stored = codes["reconstruction"][:50]
        np.testing.assert_allclose(term, stored, rtol=1e-3, atol=0.05)
        # The page averages over fewer epsilons.
        assert abs((result.reconstruction - stored).mean()) < 0.5
        np.testing.assert_allclose(result.posterior.mu, codes["mu"][:50], rtol=1e-3, atol=1e-2)
        assert codes["label"][:50].tolist() == test.labels[:50].tolist()


def test_all_models_were_measured_by_the_shipped_classifier_with_equal_references() -> None:
    sections = [read(WEIGHTS / name / "metrics.json")["samples"] for name in MEASURED]
    classifier = fingerprint((WEIGHTS / "classifier" / "model.safetensors").read_bytes())
    assert {section["classifier_sha256"] for section in sections} == {classifier}
    assert {section["count"] for section in sections} == {10_000}
    assert all(section["test_images"] == sections[0]["test_images"] for section in sections)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_contains_the_tables_of_these_metrics(name: str) -> None:
    text = (WEIGHTS.parent / name).read_text()
    assert updated(text, WEIGHTS) == text


def test_the_readmes_table_has_a_row_for_each_of_its_models() -> None:
    _, _, *rows = table("summary", WEIGHTS).splitlines()
    assert [row.split("`")[1] for row in rows] == list(SUMMARY)
