"""log p(x) over the plane, against what is known otherwise."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from app.model.mixture import Mixture, read_mixtures
from app.model.quadrature import GRID_EXTENT, log_likelihoods, log_p, log_p_near, max_abs_of
from app.model.vae import VAE, VAEConfig, log_prior
from training.evaluation.importance_sampling import ImportanceSamplingConfig, bounds

LIKELIHOODS = ["bernoulli", "gaussian"]


def small(likelihood: str, latent_dim: int = 2) -> VAE:
    torch.manual_seed(0)
    config = VAEConfig(
        latent_dim=latent_dim, encoder_width=16, decoder_width=16, likelihood=likelihood
    )
    return VAE(config).eval()


@pytest.fixture
def x() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(5, 1, 28, 28, generator=generator).round()


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_product_is_the_models_own_log_likelihood(likelihood: str, x: Tensor) -> None:
    vae, z = small(likelihood), torch.randn(3, 2)
    ours = log_likelihoods(vae, z, x)
    for column, code in enumerate(z):
        x_logits = vae.decode(code[None]).expand(len(x), -1, -1, -1)
        torch.testing.assert_close(
            ours[:, column], vae.log_likelihood(x_logits, x), rtol=1e-4, atol=0
        )


def test_a_decoder_that_ignores_its_code_leaves_its_likelihood(x: Tensor) -> None:
    vae = small("bernoulli")
    with torch.no_grad():
        for parameter in vae.decoder.parameters():
            parameter.zero_()
    expected = torch.full((len(x),), 784 * math.log(0.5), dtype=torch.float64)
    torch.testing.assert_close(log_p(vae, x, cells=100)[0], expected, rtol=1e-6, atol=0)


def test_it_agrees_with_importance_sampling_where_that_sees_everything(x: Tensor) -> None:
    # Untrained, q is nearly the prior; so is the posterior, once the code says little of the image.
    vae = small("bernoulli")
    with torch.no_grad():
        list(vae.decoder.parameters())[-2].mul_(0.1)
    sampled = bounds(vae, x, ImportanceSamplingConfig(20_000)).log_p
    torch.testing.assert_close(log_p(vae, x, cells=100)[0], sampled, rtol=0, atol=0.05)


def test_a_finer_grid_says_the_same(x: Tensor) -> None:
    vae = small("bernoulli")
    coarse, fine = log_p(vae, x, cells=100), log_p(vae, x, cells=200)
    torch.testing.assert_close(coarse, fine, rtol=0, atol=1e-3)


def test_another_prior_is_another_likelihood(x: Tensor) -> None:
    vae, one = small("bernoulli"), np.ones((1, 2), np.float32)
    narrow = Mixture(one[0, :1], one, 1e-2 * np.eye(2, dtype=np.float32)[None])
    at_its_mean = vae.log_likelihood(vae.decode(torch.ones(1, 2)).expand(len(x), -1, -1, -1), x)
    standard, found = log_p(vae, x, [log_prior, narrow.log_density], cells=200)
    torch.testing.assert_close(found, at_its_mean.double(), rtol=0, atol=0.1)
    torch.testing.assert_close(standard, log_p(vae, x, cells=200)[0])


def test_a_fine_look_where_it_counts_gives_nearly_the_whole() -> None:
    vae = VAE.from_pretrained("weights/vae-2d")
    drawn = vae.decode(torch.tensor([[0.3, -1.2], [1.5, 0.4]])).sigmoid().round()
    whole, near = log_p(vae, drawn, cells=250), log_p_near(vae, drawn)
    torch.testing.assert_close(near, whole, rtol=0, atol=0.3)


def test_codes_far_out_are_added_up_as_finely_as_they_need() -> None:
    folder = Path("weights/study/ae")
    vae, mixture = VAE.from_pretrained(folder), read_mixtures(folder)["mixture"]
    with np.load(folder / "latents.npz") as stored:
        codes = stored["mu"].astype(np.float32)
    reach = max_abs_of(codes)
    assert reach > 5 * GRID_EXTENT, "or this model is not an example any longer"
    out = np.linalg.norm(codes, axis=1).argsort()[[0, 2500, -1]]
    x = vae.decode(torch.from_numpy(codes[out])).sigmoid().round()
    priors = [log_prior, mixture.log_density]
    whole = log_p(vae, x, priors, reach, cells=250)
    torch.testing.assert_close(log_p(vae, x, priors, reach, cells=500), whole, rtol=0, atol=0.01)
    torch.testing.assert_close(log_p_near(vae, x, priors, reach), whole, rtol=0, atol=0.1)


def test_a_code_that_is_no_plane_is_refused(x: Tensor) -> None:
    with pytest.raises(ValueError, match="2 latent dimensions, got 3"):
        log_p(small("bernoulli", latent_dim=3), x)
