"""Importance sampling against a known likelihood, and its saved progress."""

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
    estimate = bounds(indifferent, x, ImportanceSamplingConfig(10_000))
    torch.testing.assert_close(estimate.log_p, exact, atol=0.1, rtol=0)


def test_the_elbo_is_the_likelihood_less_the_kl(indifferent: VAE) -> None:
    x = binary(30)
    exact = log_likelihood(indifferent.decode(torch.zeros(30, 2)), x).double()
    estimate = bounds(indifferent, x, ImportanceSamplingConfig(2000))
    kl = kl_divergence(*indifferent.encode(x)).double()
    torch.testing.assert_close(estimate.kl, kl, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(estimate.elbo, exact - kl, atol=0.1, rtol=0)


def test_more_samples_never_loosen_the_bound(indifferent: VAE) -> None:
    x = binary(400)
    few, many = (bounds(indifferent, x, ImportanceSamplingConfig(k)) for k in (1, 200))
    assert many.log_p.mean() > few.log_p.mean()


class Counted:
    """`log_weights`, recording which blocks it draws for; it can fail once, at the second block."""

    def __init__(self, x: torch.Tensor, fails: bool = False) -> None:
        self.x, self.fails, self.begun = x, fails, list[int]()

    def __call__(
        self, vae: VAE, block: torch.Tensor, *rest: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        [start] = [i for i in range(0, len(self.x), 20) if torch.equal(block, self.x[i : i + 20])]
        self.begun.append(start)
        if self.fails and start == 20:
            raise KeyboardInterrupt
        return log_weights(vae, block, *rest)


def test_an_interrupted_evaluation_resumes(
    indifferent: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, config = binary(60), ImportanceSamplingConfig(250, cache=tmp_path / "cache")
    monkeypatch.setattr(module, "SAVE_EVERY", 1)
    monkeypatch.setattr(module, "log_weights", Counted(x, fails=True))
    with pytest.raises(KeyboardInterrupt):
        bounds(indifferent, x, config)
    monkeypatch.setattr(module, "log_weights", resumed := Counted(x))
    found = bounds(indifferent, x, config)
    assert sorted(resumed.begun) == [0, 20, 20, 40, 40], "one of six blocks is not repeated"
    assert_same(found, bounds(indifferent, x, ImportanceSamplingConfig(250)))


def test_a_larger_k_continues_from_the_whole_rounds_of_a_smaller_one(
    indifferent: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, cache = binary(40), tmp_path / "cache"
    bounds(indifferent, x, ImportanceSamplingConfig(600, cache=cache))
    monkeypatch.setattr(module, "log_weights", more := Counted(x))
    deep = bounds(indifferent, x, ImportanceSamplingConfig(760, cache=cache))
    assert sorted(more.begun) == [0, 0, 20, 20], "the rounds up to 128 and 500 are kept"
    assert_same(deep, bounds(indifferent, x, ImportanceSamplingConfig(760)))
    kept = cache.read_bytes()
    few = [ImportanceSamplingConfig(100, cache=path) for path in (cache, None)]
    assert_same(*(bounds(indifferent, x, config) for config in few))
    assert cache.read_bytes() == kept, "a smaller k does not replace it"


def test_smaller_k_that_papers_use_are_reported_from_the_same_draws(indifferent: VAE) -> None:
    x = binary(20)
    found = bounds(indifferent, x, ImportanceSamplingConfig(600))
    assert list(found.log_p_at) == [128, 500]
    for k, log_p in found.log_p_at.items():
        assert torch.equal(log_p, bounds(indifferent, x, ImportanceSamplingConfig(k)).log_p)


def assert_same(one: Bounds, other: Bounds) -> None:
    assert torch.equal(one.log_p, other.log_p)
    assert torch.equal(one.elbo, other.elbo)


@pytest.mark.parametrize("head", ["none", "relu"])
def test_where_sigma_is_zero_the_elbo_is_infinite_and_the_reconstruction_is_not(head: str) -> None:
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
