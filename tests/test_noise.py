"""Draws depend only on the seed, the step and the position in the batch."""

import pytest
import torch
from torch import nn

from training.noise import Noise, noise_seed, replace_dropout, uniform

CPU = torch.device("cpu")


def noise(rows: slice, seed: int = 0) -> Noise:
    return Noise(seed, 12, rows, CPU)


def test_every_step_and_purpose_has_its_own_seed() -> None:
    seeds = {noise_seed(0, step, "step") for step in range(10_000)}
    assert len(seeds) > 9_990  # few collisions among 2**32 seeds
    assert noise_seed(0, 3, "step") != noise_seed(0, 3, "order")


def test_uniform_draws_are_uniform_and_uncorrelated() -> None:
    values = uniform((1_000_003,), torch.Generator().manual_seed(0)).double()
    assert values.min() == 0
    assert values.max() == 1 - 2**-16
    shares = torch.histc(values, bins=64, min=0, max=1) / len(values)
    assert (shares - 1 / 64).abs().max() < 5 * (1 / 64 / len(values)) ** 0.5
    neighbours = torch.stack([values[:-1], values[1:]])  # mostly from the same 64 bits
    assert neighbours.corrcoef()[0, 1].abs() < 5 / len(values) ** 0.5


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_draws_do_not_depend_on_the_number_of_processes(size: int) -> None:
    count = 12 // size
    parts = [noise(slice(rank * count, (rank + 1) * count)) for rank in range(size)]
    whole = noise(slice(None))
    for step in (5, 2):
        for one in (whole, *parts):
            one.reseed(step)
        for draw in (lambda n: n.uniform(1, 28, 28), lambda n: n.normal(3)):
            assert torch.equal(torch.cat([draw(one) for one in parts]), draw(whole))


def test_seed_step_and_purpose_each_change_the_draws() -> None:
    draws = []
    for seed, position, purpose in ((0, 0, "step"), (1, 0, "step"), (0, 1, "step"), (0, 0, "x")):
        one = noise(slice(None), seed)
        one.reseed(position, purpose)
        draws.append(one.normal(4))
    assert all(not torch.equal(draws[0], other) for other in draws[1:])


def test_dropout_does_not_depend_on_the_number_of_processes() -> None:
    def dropped(rows: slice) -> torch.Tensor:
        net = nn.Sequential(nn.Dropout(0.5))
        own = noise(rows)
        replace_dropout(net, own)
        own.reseed(5)
        kept: torch.Tensor = net.train()(torch.ones(12, 100)[rows])
        return kept

    parts = [dropped(slice(start, start + 4)) for start in (0, 4, 8)]
    assert torch.equal(torch.cat(parts), dropped(slice(None)))


def test_dropout_keeps_the_mean_and_is_off_in_evaluation_mode() -> None:
    net = nn.Sequential(nn.Identity(), nn.Sequential(nn.Dropout(0.25)))
    replace_dropout(net, Noise(0, 1000, slice(None), CPU))
    x = torch.ones(1000, 100)
    y = net.train()(x)
    assert y.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (y == 0).float().mean() == pytest.approx(0.25, abs=0.01)
    assert torch.equal(net.eval()(x), x)
