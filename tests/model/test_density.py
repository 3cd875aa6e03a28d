"""The aggregate posterior on a plane: a mixture, and the region that holds its mass."""

import numpy as np
import pytest
import torch

from app.model.density import Density, aggregate_posterior


def test_the_aggregate_posterior_is_the_mixture_of_all_posteriors() -> None:
    rng = np.random.default_rng(0)
    mu = rng.normal(size=(50, 2)).astype(np.float32)
    std = rng.uniform(0.2, 0.5, size=(50, 2)).astype(np.float32)
    density = aggregate_posterior(mu, std, extent=4.0, cells=80)
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(torch.ones(50)),
        torch.distributions.Independent(
            torch.distributions.Normal(torch.tensor(mu), torch.tensor(std)), 1
        ),
    )
    x, y = np.meshgrid(density.centers, density.centers)
    expected = mixture.log_prob(torch.tensor(np.stack([x, y], axis=-1))).exp().numpy()
    np.testing.assert_allclose(density.values, expected, rtol=1e-3, atol=1e-7)


def test_a_posterior_thinner_than_a_cell_is_not_lost() -> None:
    mu = np.array([[0.49, -0.51]], np.float32)
    density = aggregate_posterior(mu, np.full((1, 2), 1e-4, np.float32), 2.0, 40)
    assert density.values.sum() * 0.1**2 == pytest.approx(1.0, rel=0.01)


def test_the_region_is_the_smallest_that_holds_the_mass() -> None:
    density = Density(1.0, np.array([[5, 1], [3, 1]], np.float32))
    assert density.region(0.5).tolist() == [[True, False], [False, False]]
    assert density.region(0.8).tolist() == [[True, False], [True, False]]
    assert density.region(1.0).all()
