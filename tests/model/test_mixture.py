"""A mixture of Gaussians: what it draws, what density it has, how it is stored and fitted."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.distributions import MultivariateNormal

from app.model.inference import Array, generator
from app.model.mixture import FILE, Mixture, read_mixtures
from training.evaluation.fit_priors import fit, to_file

TWO = Mixture(
    weights=np.array([0.25, 0.75], np.float32),
    means=np.array([[-10, 0], [10, 5]], np.float32),
    covariances=np.array([[[1, 0], [0, 4]], [[2, 1], [1, 3]]], np.float32),
)


def moments(z: Array) -> tuple[NDArray[Any], NDArray[Any]]:
    return z.mean(axis=0), np.cov(z.T)


def test_its_draws_have_its_weights_means_and_covariances() -> None:
    z = TWO.sample(20_000, generator(0))
    left = z[:, 0] < 0
    assert left.mean() == pytest.approx(0.25, abs=0.01)
    for component, drawn in enumerate((z[left], z[~left])):
        mean, covariance = moments(drawn)
        np.testing.assert_allclose(mean, TWO.means[component], atol=0.1)
        np.testing.assert_allclose(covariance, TWO.covariances[component], atol=0.15)


def test_a_seed_draws_the_same() -> None:
    np.testing.assert_array_equal(TWO.sample(5, generator(3)), TWO.sample(5, generator(3)))
    assert not np.array_equal(TWO.sample(5, generator(3)), TWO.sample(5, generator(4)))


def test_its_density_is_the_weighted_sum() -> None:
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(0)) * 8
    parts = [
        weight * MultivariateNormal(torch.tensor(mean), torch.tensor(covariance)).log_prob(z).exp()
        for weight, mean, covariance in zip(TWO.weights, TWO.means, TWO.covariances, strict=True)
    ]
    expected = torch.stack(parts).sum(dim=0)
    torch.testing.assert_close(TWO.log_density(z).exp(), expected, rtol=1e-3, atol=1e-12)


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(to_file({"two": TWO}))
    back = read_mixtures(tmp_path)["two"]
    np.testing.assert_allclose(back.covariances, TWO.covariances)
    np.testing.assert_allclose(back.means, TWO.means)


def test_a_folder_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_mixtures(tmp_path) == {}


@pytest.mark.parametrize("content", [[], {"a": {}}, {"a": {"weights": [1]}}, {"a": 3}])
def test_another_file_is_refused(content: object, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(content))
    with pytest.raises(ValueError, match=FILE):
        read_mixtures(tmp_path)


def test_a_fit_finds_what_was_drawn() -> None:
    z = TWO.sample(5_000, generator(1))
    mean, covariance = moments(z)
    fitted = fit(z)
    np.testing.assert_allclose(fitted["gaussian"].means[0], mean, rtol=1e-4)
    np.testing.assert_allclose(fitted["gaussian"].covariances[0], covariance, rtol=1e-2)
    fresh = torch.from_numpy(TWO.sample(2_000, generator(2)))
    true, found, gaussian = (
        float(density(fresh).mean())
        for density in (TWO.log_density, *(fitted[n].log_density for n in ("mixture", "gaussian")))
    )
    assert found == pytest.approx(true, abs=0.05)
    assert gaussian < true - 0.1
