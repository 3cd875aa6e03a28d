"""Evaluation: the files that it writes, and the data that it accepts."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from app.registry.dataset_info import MNIST, DatasetInfo
from tests.paths import WEIGHTS
from tests.training.test_image_folder import pictures
from training import evaluate
from training.checkpoint import save_weights
from training.data import Dataset, DataUnavailable, ImageSet
from training.recipes import RECIPES
from training.reports.render import model_card as card
from training.reports.render import table
from training.train_state import start


def random_images(count: int) -> ImageSet:
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (count, 1, 28, 28), generator=generator)
    return ImageSet(images.byte(), torch.arange(count) % 10)


def test_an_evaluation_writes_metrics_latents_and_a_card(tmp_path: Path) -> None:
    run = start("vae-2d", RECIPES["vae-2d"], torch.device("cpu"), "float32")
    run.epochs.append({"epoch": 1, "seconds": 60.0})
    records = [json.dumps(run.setup), json.dumps(run.epochs[0])]
    folder = tmp_path / "vae-2d"
    save_weights(run.averaged, folder, {"training.jsonl": "\n".join(records).encode()})
    dataset = Dataset(random_images(40), random_images(40), MNIST)
    config = evaluate.EvaluationConfig(samples=20, more_samples=60, more_images=30, cells=20)
    evaluate.evaluate(folder, dataset, config, tmp_path / "run")
    measured = json.loads((folder / "metrics.json").read_text())
    terms = measured["binarised"]
    total = terms["reconstruction"]["mean"] + terms["kl"]["mean"]
    assert terms["negative_elbo"]["mean"] == pytest.approx(total, abs=1e-3)
    assert terms["nll"]["mean"] < terms["negative_elbo"]["mean"]
    assert terms["nll_at"]["60"]["mean"] < terms["negative_elbo"]["mean"]
    assert terms["nll_quadrature"]["mean"] < terms["negative_elbo"]["mean"]
    with np.load(folder / "latents.npz") as codes:
        assert codes["mu"].shape == codes["std"].shape == (40, 2)
        gray = float((codes["reconstruction"] + codes["kl"]).mean())
    assert measured["grey"]["negative_elbo"]["mean"] == pytest.approx(gray, abs=1e-3)
    text = (folder / "README.md").read_text()
    assert f"{terms['nll']['mean']:.2f}" in text
    assert "| NLL, k = 60, from 30 of the images |" in text
    assert card("vae-2d", [json.loads(record) for record in records], measured, MNIST) == text


CLOTHES = DatasetInfo("<b>Clothes</b>", ("shirt", "<i>shoe</i>"), "resize")


def test_a_card_names_the_data_and_escapes_its_markup() -> None:
    run = start("vae-2d", RECIPES["vae-2d"], torch.device("cpu"), "float32")
    estimate = {"mean": 1.0, "standard_error": 0.1}
    terms = dict.fromkeys(("negative_elbo", "reconstruction", "kl", "nll"), estimate)
    binary = terms | {"importance_samples": 10, "draw": "one", "seed": 0}
    measured = {
        "data": "<b>Clothes</b>, 40 test images",
        "active_units": 2,
        "latent_dim": 2,
        "binarised": binary,
        "grey": terms | {"epsilons": 16},
    }
    text = card("vae-2d-clothes", [run.setup], measured, CLOTHES)
    assert "training images of &lt;b&gt;Clothes&lt;/b&gt;" in text
    assert "Classes: shirt, &lt;i&gt;shoe&lt;/i&gt;." in text
    assert "`python -m training.train vae-2d --data DIR --prepare resize`" in text
    assert "&lt;b&gt;Clothes&lt;/b&gt;, 40 test images, nats per image" in text
    assert not re.search("digit|mnist|<b>|<i>", text, re.IGNORECASE)


def own_model(tmp_path: Path, info: DatasetInfo) -> Path:
    folder = tmp_path / "weights" / "mine"
    folder.mkdir(parents=True)
    (folder / "data.json").write_bytes(info.to_json())
    return folder


def test_an_evaluation_prepares_the_data_like_the_training(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pictures(tmp_path / "photos" / name, 4)
    info = DatasetInfo("photos", ("first", "second"), "resize")
    dataset = evaluate.load_training_data([own_model(tmp_path, info)], str(tmp_path / "photos"))
    assert dataset.info == info
    assert len(dataset.test.images) == 2


def test_data_other_than_that_of_the_training_is_refused(tmp_path: Path) -> None:
    pictures(tmp_path / "photos", 4)
    folder = own_model(tmp_path, DatasetInfo("Clothes", ("shirt",), "resize"))
    with pytest.raises(ValueError, match="mine was trained on Clothes, not on photos"):
        evaluate.load_training_data([folder], str(tmp_path / "photos"))
    with pytest.raises(DataUnavailable, match="mine was trained on Clothes: give its folder"):
        evaluate.load_training_data([folder], None)


def test_the_results_include_only_models_of_mnist(tmp_path: Path) -> None:
    shipped = WEIGHTS / "vae-2d" / "metrics.json"
    for folder in (own_model(tmp_path, CLOTHES), tmp_path / "weights" / "vae-2d"):
        folder.mkdir(exist_ok=True)
        (folder / "metrics.json").write_bytes(shipped.read_bytes())
    rows = table("results", tmp_path / "weights").splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["`vae-2d`", "test images"]
