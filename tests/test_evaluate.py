"""Importance sampling against a known likelihood, and what an evaluation leaves behind."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from app.dataset import MNIST
from app.vae import VAE, VAEConfig, kl_divergence, log_likelihood
from training import evaluate
from training.card import card
from training.checkpoint import save_weights
from training.data import ImageSet
from training.recipes import RECIPES
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


def test_an_evaluation_writes_metrics_latents_and_a_card(tmp_path: Path) -> None:
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
    with np.load(folder / "latents.npz") as codes:
        assert codes["mu"].shape == codes["std"].shape == (40, 2)
        grey = float((codes["reconstruction"] + codes["kl"]).mean())
    assert measured["grey"]["negative_elbo"]["mean"] == pytest.approx(grey, abs=1e-3)
    text = (folder / "README.md").read_text()
    assert f"{terms['nll']['mean']:.2f}" in text
    assert card("vae-2d", [json.loads(record) for record in records], measured, MNIST) == text
