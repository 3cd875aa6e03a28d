"""Metrics: what the mean of some images says about the mean of all."""

import numpy as np
import pytest

from training.evaluation.metrics import evenly_spaced, tighter_nll


def test_a_tighter_nll_of_all_images_is_their_mean() -> None:
    nll = np.random.default_rng(0).normal(80, 20, size=50)
    found = tighter_nll(nll, nll - 0.25, np.arange(50))
    assert found["mean"] == pytest.approx(nll.mean() - 0.25, abs=1e-4)
    assert found["standard_error"] == pytest.approx(nll.std() / 50**0.5, abs=1e-4)


def test_a_tenth_of_the_images_estimates_the_tighter_nll_of_all() -> None:
    generator = np.random.default_rng(0)
    nll = generator.normal(80, 20, size=10_000)
    tighter = nll - generator.gamma(2, 0.12, size=len(nll))
    rows = evenly_spaced(len(nll), 1000)
    found = tighter_nll(nll, tighter[rows], rows)
    assert found["images"] == 1000
    assert found["mean"] == pytest.approx(tighter.mean(), abs=4 * 0.17 / 1000**0.5)
    assert abs(tighter[rows].mean() - tighter.mean()) > 0.1, "their own mean is much less exact"


def test_a_bound_that_is_infinite_for_one_image_has_no_mean() -> None:
    nll = np.array([80.0, np.inf])
    found = tighter_nll(nll, nll, np.arange(2))
    assert found == {"mean": None, "standard_error": None, "infinite_images": 1}


def test_evenly_spaced_images_include_the_first_and_the_last() -> None:
    assert evenly_spaced(10, 4).tolist() == [0, 3, 6, 9]
    assert evenly_spaced(3, 4).tolist() == [0, 1, 2]
