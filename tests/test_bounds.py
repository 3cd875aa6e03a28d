"""Importance sampling against a known likelihood, and its caches."""

from pathlib import Path
from typing import Any

import pytest
import torch

from app.vae import VAE, VAEConfig, kl_divergence, log_likelihood
from training import bounds as module
from training.bounds import Bounds, Sampling, bounds, importance, precision_for


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
    estimate = bounds(indifferent, x, Sampling(10_000))
    torch.testing.assert_close(estimate.log_p, exact, atol=0.1, rtol=0)


def test_the_elbo_is_the_likelihood_less_the_kl(indifferent: VAE) -> None:
    x = binary(30)
    exact = log_likelihood(indifferent.decode(torch.zeros(30, 2)), x).double()
    estimate = bounds(indifferent, x, Sampling(2000))
    kl = kl_divergence(*indifferent.encode(x)).double()
    torch.testing.assert_close(estimate.kl, kl, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(estimate.elbo, exact - kl, atol=0.1, rtol=0)


def test_more_samples_never_loosen_the_bound(indifferent: VAE) -> None:
    x = binary(400)
    few, many = (bounds(indifferent, x, Sampling(k)) for k in (1, 200))
    assert many.log_p.mean() > few.log_p.mean()


class Counted:
    """`importance`, counting which blocks it draws for; once it fails at the second one."""

    def __init__(self, x: torch.Tensor, fails: bool = False) -> None:
        self.x, self.fails, self.begun = x, fails, list[int]()

    def __call__(
        self, vae: VAE, block: torch.Tensor, *rest: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        [place] = [i for i in range(0, len(self.x), 20) if torch.equal(block, self.x[i : i + 20])]
        self.begun.append(place)
        if self.fails and place == 20:
            raise KeyboardInterrupt
        return importance(vae, block, *rest)


def test_an_interrupted_evaluation_goes_on_where_it_stopped(
    indifferent: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, sampling = binary(60), Sampling(250, cache=tmp_path / "cache")
    monkeypatch.setattr(module, "SAVE_EVERY", 1)
    monkeypatch.setattr(module, "importance", Counted(x, fails=True))
    with pytest.raises(KeyboardInterrupt):
        bounds(indifferent, x, sampling)
    monkeypatch.setattr(module, "importance", resumed := Counted(x))
    found = bounds(indifferent, x, sampling)
    assert sorted(resumed.begun) == [0] * 2 + [20] * 3 + [40] * 3, "one of nine is not done again"
    assert_same(found, bounds(indifferent, x, Sampling(250)))


def test_more_samples_go_on_from_the_whole_rounds_of_fewer(
    indifferent: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, cache = binary(40), tmp_path / "cache"
    bounds(indifferent, x, Sampling(150, cache=cache))
    monkeypatch.setattr(module, "importance", more := Counted(x))
    deep = bounds(indifferent, x, Sampling(300, cache=cache))
    assert sorted(more.begun) == [0] * 2 + [20] * 2, "one round of three is there already"
    assert_same(deep, bounds(indifferent, x, Sampling(300)))
    kept = cache.read_bytes()
    assert_same(
        bounds(indifferent, x, Sampling(100, cache=cache)), bounds(indifferent, x, Sampling(100))
    )
    assert cache.read_bytes() == kept, "who wants less does not spoil it"


def assert_same(one: Bounds, other: Bounds) -> None:
    assert torch.equal(one.log_p, other.log_p)
    assert torch.equal(one.elbo, other.elbo)


def test_bf16_is_taken_only_where_it_is_faster_and_changes_nothing(
    indifferent: VAE, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = binary(30)
    for faster, expected in (("float32", "float32"), ("bf16", "bf16")):
        monkeypatch.setattr(module, "faster_precision", lambda device, faster=faster: faster)
        assert precision_for(indifferent, x, seed=0) == expected
    bias = indifferent.get_parameter("decoder.5.bias")
    torch.nn.init.normal_(bias, std=50.0)  # logits of which bf16 keeps no decimals
    assert precision_for(indifferent, x, seed=0) == "float32"


@pytest.mark.parametrize("head", ["none", "relu"])
def test_where_sigma_is_zero_the_elbo_is_infinite_and_the_reconstruction_is_not(head: str) -> None:
    config = VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16, variance_head=head)
    vae = VAE(config).eval()
    last = list(vae.encoder.children())[-1]
    assert isinstance(last, torch.nn.Linear)
    torch.nn.init.constant_(last.bias, -100.0)  # ReLU(a) = 0
    x = binary(4)
    estimate = bounds(vae, x, Sampling(3))
    codes, _ = vae.encode(x)
    expected = -vae.log_likelihood(vae.decode(codes), x).double()
    torch.testing.assert_close(estimate.reconstruction, expected, rtol=1e-5, atol=0)
    assert (estimate.kl == torch.inf).all()
    assert (estimate.elbo == -torch.inf).all()
    assert (estimate.log_p == -torch.inf).all()
