"""Importance sampling against a known likelihood, and what an evaluation leaves behind."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from app.dataset import MNIST, DatasetInfo
from app.vae import VAE, VAEConfig, kl_divergence, log_likelihood
from tests.test_image_folder import pictures
from training import evaluate
from training.card import card
from training.checkpoint import save_weights
from training.data import DataUnavailable, ImageSet
from training.recipes import RECIPES
from training.results import table
from training.run import start


@pytest.fixture
def indifferent() -> VAE:
    """A VAE whose decoder ignores z, so that log p(x) = log p(x|z) exactly."""
    torch.manual_seed(0)
    vae = VAE(VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16)).eval()
    last = list(vae.decoder.children())[-2]
    assert isinstance(last, torch.nn.Linear)
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.normal_(last.bias)
    return vae


def binary(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 2, (count, 1, 28, 28), generator=generator).float()


def test_the_importance_estimate_reaches_a_known_likelihood(indifferent: VAE) -> None:
    x = binary(30)
    exact = log_likelihood(indifferent.decode(torch.zeros(30, 2)), x).double()
    estimate = evaluate.bounds(indifferent, x, samples=2000, seed=0)
    torch.testing.assert_close(estimate.log_p, exact, atol=0.1, rtol=0)


def test_the_elbo_is_the_likelihood_less_the_kl(indifferent: VAE) -> None:
    x = binary(30)
    exact = log_likelihood(indifferent.decode(torch.zeros(30, 2)), x).double()
    estimate = evaluate.bounds(indifferent, x, samples=2000, seed=0)
    kl = kl_divergence(*indifferent.encode(x)).double()
    torch.testing.assert_close(estimate.kl, kl, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(estimate.elbo, exact - kl, atol=0.1, rtol=0)


def test_more_samples_never_loosen_the_bound(indifferent: VAE) -> None:
    x = binary(40)
    few, many = (evaluate.bounds(indifferent, x, k, seed=0) for k in (1, 200))
    torch.testing.assert_close(few.elbo, few.log_p)
    assert many.log_p.mean() > few.log_p.mean()


def test_an_interrupted_evaluation_goes_on_where_it_stopped(
    indifferent: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = binary(60)
    whole = evaluate.bounds(indifferent, x, samples=5, seed=0)
    monkeypatch.setattr(evaluate, "SAVE_EVERY", 1)
    real, calls = evaluate.log_weights, []

    def interrupted(*arguments: object) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluate, "log_weights", interrupted)
    cache = tmp_path / "cache"
    with pytest.raises(KeyboardInterrupt):
        evaluate.bounds(indifferent, x, samples=5, seed=0, cache=cache)
    resumed = evaluate.bounds(indifferent, x, samples=5, seed=0, cache=cache)
    assert torch.equal(resumed.log_p, whole.log_p)
    assert len(calls) == 2 + 2, "the first block is not done again"


def test_an_evaluation_writes_metrics_latents_and_a_card(
    coarse_plane: None, tmp_path: Path
) -> None:
    run = start("vae-2d", RECIPES["vae-2d"], torch.device("cpu"), "float32")
    run.epochs.append({"epoch": 1, "seconds": 60.0})
    records = [json.dumps(run.setup), json.dumps(run.epochs[0])]
    folder = tmp_path / "vae-2d"
    save_weights(run.averaged, folder, {"training.jsonl": "\n".join(records).encode()})
    test = ImageSet((binary(40) * 255).byte(), torch.arange(40) % 10)
    evaluate.evaluate(folder, test, samples=20, seed=0, run_dir=tmp_path / "run")
    measured = json.loads((folder / "metrics.json").read_text())
    terms = measured["binarised"]
    total = terms["reconstruction"]["mean"] + terms["kl"]["mean"]
    assert terms["negative_elbo"]["mean"] == pytest.approx(total, abs=1e-3)
    assert terms["nll"]["mean"] < terms["negative_elbo"]["mean"]
    assert terms["nll_quadrature"]["mean"] < terms["negative_elbo"]["mean"]
    with np.load(folder / "latents.npz") as codes:
        assert codes["mu"].shape == codes["std"].shape == (40, 2)
        grey = float((codes["reconstruction"] + codes["kl"]).mean())
    assert measured["grey"]["negative_elbo"]["mean"] == pytest.approx(grey, abs=1e-3)
    text = (folder / "README.md").read_text()
    assert f"{terms['nll']['mean']:.2f}" in text
    assert card("vae-2d", [json.loads(record) for record in records], measured, MNIST) == text


CLOTHES = DatasetInfo("<b>Clothes</b>", ("shirt", "<i>shoe</i>"), "resize")


def test_a_card_says_what_the_data_was_and_no_markup_of_theirs() -> None:
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


def test_an_evaluation_reads_the_data_as_the_training_did(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pictures(tmp_path / "photos" / name, 4)
    info = DatasetInfo("photos", ("first", "second"), "resize")
    dataset = evaluate.load_its_data(own_model(tmp_path, info), str(tmp_path / "photos"))
    assert dataset.info == info
    assert len(dataset.test.images) == 2


def test_other_data_than_it_was_trained_on_is_refused(tmp_path: Path) -> None:
    pictures(tmp_path / "photos", 4)
    folder = own_model(tmp_path, DatasetInfo("Clothes", ("shirt",), "resize"))
    with pytest.raises(ValueError, match="mine was trained on Clothes, not on photos"):
        evaluate.load_its_data(folder, str(tmp_path / "photos"))
    with pytest.raises(DataUnavailable, match="mine was trained on Clothes: give its folder"):
        evaluate.load_its_data(folder, None)


def test_the_readme_compares_models_of_mnist_alone(tmp_path: Path) -> None:
    shipped = Path(__file__).parent.parent / "weights" / "vae-2d" / "metrics.json"
    for folder in (own_model(tmp_path, CLOTHES), tmp_path / "weights" / "vae-2d"):
        folder.mkdir(exist_ok=True)
        (folder / "metrics.json").write_bytes(shipped.read_bytes())
    rows = table(tmp_path / "weights").splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["`vae-2d`"]
