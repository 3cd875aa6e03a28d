"""Metrics of a latent map, compared with codes whose islands are known."""

import numpy as np
import pytest
import torch

from app.model.vae import VAE, VAEConfig
from training.evaluation.map_quality import islands, map_quality
from training.evaluation.metrics import encode_gray


def cloud(center: tuple[float, float], count: int) -> np.ndarray:
    draws = np.random.default_rng(0).normal(scale=0.1, size=(count, 2))
    return (draws + center).astype(np.float32)


@pytest.mark.parametrize(
    ("centers", "expected"),
    [([(0, 0)], 1), ([(-1, 0), (1, 0)], 2), ([(-1, 0), (1, 0), (0, 2)], 3)],
)
def test_separate_clouds_are_separate_islands(
    centers: list[tuple[float, float]], expected: int
) -> None:
    mu = np.concatenate([cloud(center, 500) for center in centers])
    assert islands(mu, np.full_like(mu, 0.05)) == expected


def test_a_few_codes_far_away_are_not_an_island() -> None:
    mu = np.concatenate([cloud((0, 0), 1000), cloud((2, 2), 20)])
    assert islands(mu, np.full_like(mu, 0.05)) == 1


def test_equal_codes_and_jumps_are_counted() -> None:
    torch.manual_seed(0)
    vae = VAE(VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16)).eval()
    with torch.no_grad():
        list(vae.encoder.parameters())[-2][:2].mul_(1000)  # the rows of mu: codes far apart
    x = np.random.default_rng(0).random((40, 28, 28), dtype=np.float32)
    x[1] = x[0]
    found = map_quality(vae, x, encode_gray(vae, x), np.zeros(40), seed=0)
    assert found["same_code"] == 1
    assert found["jumps"] > 0.5
