"""The yardstick measures what it says: the copied loop learns, and ours is the one that trains."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from tests.benchmarks import training_speed as benchmark
from tests.benchmarks.baseline import BATCH, ReferenceTrainer

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    levels = torch.zeros(1024, 1, 28, 28, dtype=torch.uint8)
    levels[:, :, 4:24, 10:14] = 255
    return levels


def test_the_reference_minimizes_the_negative_elbo(images: torch.Tensor) -> None:
    torch.manual_seed(0)
    trainer = ReferenceTrainer(images, CPU)
    x = next(iter(trainer.batches))
    assert x.shape == (BATCH, 1, 28, 28)
    assert x.max() == 1
    torch.manual_seed(1)
    x_hat, mu, logvar = trainer.vae(x)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(Normal(mu, torch.exp(0.5 * logvar)), prior).sum()
    expected = kl - Bernoulli(x_hat).log_prob(x.flatten(1)).sum()
    torch.manual_seed(1)
    torch.testing.assert_close(trainer.negative_elbo(x), expected)
    first = benchmark.reference_loss(trainer, images)
    for batch in trainer.batches:
        trainer.step(batch)
    assert benchmark.reference_loss(trainer, images) < first


def test_the_step_that_is_measured_is_the_one_that_trains(
    images: torch.Tensor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "ROUNDS", 1)
    monkeypatch.setattr(benchmark, "IMAGES", 512)
    benchmark.speed(images, CPU)
    table = capsys.readouterr().out
    for row in ("reference", "(a) gray", "(b) drawn", "matrix products", "data "):
        assert row in table


def test_the_shares_of_a_steps_phases_make_a_whole(images: torch.Tensor) -> None:
    shares = benchmark.shares(benchmark.ours(benchmark.GRAY, images, CPU))
    assert list(shares) == ["data", "forward", "backward", "update"]
    assert sum(shares.values()) == pytest.approx(1)


def test_the_operations_of_a_step_are_counted(images: torch.Tensor) -> None:
    # Two for each weight and image forward; twice that backward, without the gradient of x.
    weights, first = 784 * 400 + 400 * 40 + 20 * 400 + 400 * 784, 784 * 400
    expected = 512 * (2 * weights + 4 * weights - 2 * first)
    trainer = benchmark.ours(benchmark.GRAY, images, CPU)
    assert benchmark.flops(trainer) == expected
