"""Damage to images: as much as was asked for, where it was asked for."""

import numpy as np
import pytest

from app.model.corruption import KINDS, OCCLUDED, corrupt
from app.model.inference import Array

BLACK = np.zeros((40, 28, 28), np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("amount", [0, 0.1, 0.3, 1])
def test_it_damages_the_share_that_was_asked_for(kind: str, amount: float) -> None:
    damaged = corrupt(BLACK, kind, amount, seed=0) != 0
    assert damaged.mean() == pytest.approx(amount, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_damages_alike_and_the_original_stays(kind: str) -> None:
    x = BLACK.copy()
    once, again, other = (corrupt(x, kind, 0.3, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)
    np.testing.assert_array_equal(x, BLACK)


@pytest.mark.parametrize("kind", KINDS)
def test_the_result_is_an_image(kind: str) -> None:
    damaged = corrupt(BLACK, kind, 0.5, seed=0)
    assert damaged.dtype == np.float32
    assert 0 <= damaged.min() <= damaged.max() <= 1


def side(covered: Array) -> int:
    rows = np.flatnonzero(covered.any(axis=1))
    return int(rows[-1] - rows[0] + 1)


def test_an_occlusion_is_one_square_in_each_image() -> None:
    for image in corrupt(BLACK, "occlusion", 0.25, seed=0):
        covered = image == OCCLUDED
        assert covered.sum() == side(covered) ** 2 == side(covered.T) ** 2 == 14**2


def test_another_kind_or_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be one of noise, occlusion, got 'rain'"):
        corrupt(BLACK, "rain", 0.1, seed=0)
    with pytest.raises(ValueError, match="amount must be 0 to 1"):
        corrupt(BLACK, "noise", float("nan"), seed=0)
