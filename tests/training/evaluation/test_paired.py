"""Differences between models are taken image by image."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.model.vae import VAE, VAEConfig
from app.registry.ablations import FAMILY, LIKELIHOODS, Ablations
from training.evaluation import paired

CONFIG = VAEConfig(2, encoder_width=8, decoder_width=8)


@pytest.fixture
def study() -> Ablations:
    recipes = {"vae": 1.0, "lambda-2": 2.0}
    logs = {name: [{"recipe": {"kl_weight": weight}}] for name, weight in recipes.items()}
    return Ablations({name: {} for name in recipes}, logs)


def test_equal_models_differ_by_exactly_nothing(
    tmp_path: Path, study: Ablations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paired, "DRAWS", 20)
    monkeypatch.setattr(paired, "CELLS", 40)
    vae = VAE(CONFIG)
    point = VAE(replace(CONFIG, variance_head="none"))
    point.load_state_dict(vae.state_dict(), strict=False)
    for name in {*FAMILY, *LIKELIHOODS, *study.by_lambda.values()}:
        (point if name in ("ae", "dae", "cae") else vae).save_pretrained(tmp_path / name)
    x = np.random.default_rng(0).random((30, 28, 28), dtype=np.float32)
    found = json.loads(json.dumps(paired.measure(tmp_path, study, x, x.round()), allow_nan=False))
    for comparison in ("objective", "rmse", "rmse_of_noise", "nll_quadrature"):
        for others in found[comparison].values():
            for difference in others.values():
                assert (difference["mean"], difference["standard_error"]) == (0, 0)
                assert difference["images"] == 30
    assert found["objective"]["lambda-2"].keys() == {"vae"}
    for images in found["samples"].values():
        assert images["thresholded_mean"]["mean"] < images["drawn"]["mean"]
