"""Importance sampling compared with a known likelihood, and its stored progress."""

from pathlib import Path
from typing import Any

import pytest
import torch

from app.model.vae import VAE, VAEConfig, kl_divergence, log_likelihood
from training.evaluation import importance_sampling as module
from training.evaluation.importance_sampling import (
    Bounds,
    ImportanceSamplingConfig,
    bounds,
    log_weights,
)


@pytest.fixture
def constant_decoder() -> VAE:
    """Return a VAE whose decoder ignores z, so that log p(x) = log p(x|z) exactly."""
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


def test_importance_sampling_estimates_a_known_likelihood(constant_decoder: VAE) -> None:
    x = binary(30)
    exact = log_likelihood(constant_decoder.decode(torch.zeros(30, 2)), x).double()
    estimate = bounds(constant_decoder, x, ImportanceSamplingConfig(10_000))
    torch.testing.assert_close(estimate.log_p, exact, atol=0.1, rtol=0)


def test_the_elbo_is_the_likelihood_minus_the_kl(constant_decoder: VAE) -> None:
    x = binary(30)
    exact = log_likelihood(constant_decoder.decode(torch.zeros(30, 2)), x).double()
    estimate = bounds(constant_decoder, x, ImportanceSamplingConfig(2000))
    kl = kl_divergence(*constant_decoder.encode(x)).double()
    torch.testing.assert_close(estimate.kl, kl, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(estimate.elbo, exact - kl, atol=0.1, rtol=0)


def test_more_samples_tighten_the_bound(constant_decoder: VAE) -> None:
    x = binary(400)
    few, many = (bounds(constant_decoder, x, ImportanceSamplingConfig(k)) for k in (1, 200))
    assert many.log_p.mean() > few.log_p.mean()


class Counted:
    """`log_weights` that records its blocks of images and can fail at the second block."""

    def __init__(self, x: torch.Tensor, fails: bool = False) -> None:
        self.x, self.fails, self.started = x, fails, list[int]()

    def __call__(
        self, vae: VAE, block: torch.Tensor, *rest: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        [start] = [i for i in range(0, len(self.x), 20) if torch.equal(block, self.x[i : i + 20])]
        self.started.append(start)
        if self.fails and start == 20:
            raise KeyboardInterrupt
        return log_weights(vae, block, *rest)


def test_an_interrupted_evaluation_resumes(
    constant_decoder: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, config = binary(60), ImportanceSamplingConfig(500, cache=tmp_path / "cache")
    monkeypatch.setattr(module, "SAVE_EVERY", 1)
    monkeypatch.setattr(module, "log_weights", Counted(x, fails=True))
    with pytest.raises(KeyboardInterrupt):
        bounds(constant_decoder, x, config)
    monkeypatch.setattr(module, "log_weights", resumed := Counted(x))
    found = bounds(constant_decoder, x, config)
    assert sorted(resumed.started) == [0, 20, 20, 40, 40], "one of six blocks was stored"
    assert_same(found, bounds(constant_decoder, x, ImportanceSamplingConfig(500)))


def assert_same(one: Bounds, other: Bounds) -> None:
    assert torch.equal(one.log_p, other.log_p)
    assert torch.equal(one.elbo, other.elbo)


@pytest.mark.parametrize("head", ["none", "relu"])
def test_a_zero_sigma_gives_an_infinite_kl_and_a_finite_reconstruction_term(head: str) -> None:
    config = VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16, variance_head=head)
    vae = VAE(config).eval()
    last = list(vae.encoder.children())[-1]
    assert isinstance(last, torch.nn.Linear)
    torch.nn.init.constant_(last.bias, -100.0)  # ReLU(a) = 0
    x = binary(4)
    estimate = bounds(vae, x, ImportanceSamplingConfig(3))
    codes, _ = vae.encode(x)
    expected = -vae.log_likelihood(vae.decode(codes), x).double()
    torch.testing.assert_close(estimate.reconstruction, expected, rtol=1e-5, atol=0)
    assert (estimate.kl == torch.inf).all()
    assert (estimate.elbo == -torch.inf).all()
    assert (estimate.log_p == -torch.inf).all()
