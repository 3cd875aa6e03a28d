"""What training.noise promises: draws that follow from seed, step and place in the batch alone."""

import pytest
import torch
from torch import nn

from training.noise import Noise, noise_seed, replace_dropout, uniform

CPU = torch.device("cpu")


def noise(rows: slice, seed: int = 0) -> Noise:
    return Noise(seed, 12, rows, CPU)


def test_every_step_has_its_own_noise() -> None:
    seeds = {noise_seed(0, step, "step") for step in range(10_000)}
    assert len(seeds) > 9_990  # of 2**32: a collision now and then
    assert noise_seed(0, 3, "step") != noise_seed(0, 3, "order")


def test_uniform_is_uniform() -> None:
    values = uniform((1_000_003,), torch.Generator().manual_seed(0)).double()
    assert values.min() == 0
    assert values.max() == 1 - 2**-16
    shares = torch.histc(values, bins=64, min=0, max=1) / len(values)
    assert (shares - 1 / 64).abs().max() < 5 * (1 / 64 / len(values)) ** 0.5
    neighbours = torch.stack([values[:-1], values[1:]])  # cut from the same 64 bits, mostly
    assert neighbours.corrcoef()[0, 1].abs() < 5 / len(values) ** 0.5


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_share_of_the_batch_draws_its_rows_of_the_whole(size: int) -> None:
    share = 12 // size
    everyone = [noise(slice(rank * share, (rank + 1) * share)) for rank in range(size)]
    alone = noise(slice(None))
    for step in (5, 2):
        for one in (alone, *everyone):
            one.begin(step)
        for draw in (lambda n: n.uniform(1, 28, 28), lambda n: n.normal(3)):
            assert torch.equal(torch.cat([draw(one) for one in everyone]), draw(alone))


def test_seed_step_and_purpose_each_change_the_draws() -> None:
    draws = []
    for seed, position, purpose in ((0, 0, "step"), (1, 0, "step"), (0, 1, "step"), (0, 0, "x")):
        one = noise(slice(None), seed)
        one.begin(position, purpose)
        draws.append(one.normal(4))
    assert all(not torch.equal(draws[0], other) for other in draws[1:])


def test_a_share_of_the_batch_drops_what_the_whole_drops() -> None:
    def dropped(rows: slice) -> torch.Tensor:
        net = nn.Sequential(nn.Dropout(0.5))
        own = noise(rows)
        replace_dropout(net, own)
        own.begin(5)
        kept: torch.Tensor = net.train()(torch.ones(12, 100)[rows])
        return kept

    shares = [dropped(slice(start, start + 4)) for start in (0, 4, 8)]
    assert torch.equal(torch.cat(shares), dropped(slice(None)))


def test_dropout_keeps_the_mean_and_does_nothing_in_evaluation() -> None:
    net = nn.Sequential(nn.Identity(), nn.Sequential(nn.Dropout(0.25)))
    replace_dropout(net, Noise(0, 1000, slice(None), CPU))
    x = torch.ones(1000, 100)
    y = net.train()(x)
    assert y.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (y == 0).float().mean() == pytest.approx(0.25, abs=0.01)
    assert torch.equal(net.eval()(x), x)
