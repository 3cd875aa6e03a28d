"""Arrays in, arrays out: what the page and the API do with a model."""

import math

import numpy as np
import pytest
import torch

from app.model import inference
from app.model.inference import Array, Posterior
from app.model.vae import VAE, VAEConfig


def noise_images(count: int) -> Array:
    return np.random.default_rng(0).random((count, 28, 28), dtype=np.float32)


def vector(*numbers: float) -> Array:
    return np.array(numbers, dtype=np.float32)


# Reconstruction


def test_the_elbo_is_minus_its_two_terms(vae: VAE) -> None:
    result = inference.reconstruct(vae, noise_images(5))
    assert result.posterior.kl is not None and result.elbo is not None
    np.testing.assert_allclose(
        result.elbo, -(result.reconstruction + result.posterior.kl.sum(axis=1)), rtol=1e-6
    )


def test_an_image_has_the_same_terms_alone_and_in_a_batch(vae: VAE) -> None:
    x = noise_images(5)
    together = inference.reconstruct(vae, x).reconstruction
    alone = inference.reconstruct(vae, x[3:4]).reconstruction
    np.testing.assert_allclose(together[3], alone[0], rtol=1e-5)


def test_the_reconstruction_term_is_the_expectation_over_q(vae: VAE) -> None:
    x = noise_images(1)
    posterior = inference.encode(vae, x)
    rng = np.random.default_rng(1)
    draws = posterior.mu + posterior.std * rng.standard_normal((4000, 3)).astype(np.float32)
    with torch.inference_mode():
        x_logits = vae.decode(torch.tensor(draws))
        images = torch.tensor(x)[None].repeat(4000, 1, 1, 1)
        values = -vae.log_likelihood(x_logits, images)
    error = float(values.std()) / math.sqrt(4000)
    term = inference.reconstruction_term(vae, x, posterior)[0]
    assert abs(term - float(values.mean())) < 5 * error


@pytest.mark.parametrize("latent_dim", [1, 2, 3, 32])
def test_balanced_noise_has_the_moments_of_the_standard_normal(latent_dim: int) -> None:
    whole = inference.balanced_noise(latent_dim)
    np.testing.assert_array_equal(whole.mean(axis=0), 0)
    np.testing.assert_allclose(whole.T @ whole / len(whole), np.eye(latent_dim), atol=1e-12)
    few = inference.balanced_noise(latent_dim, pairs=4)
    assert len(few) == min(8, len(whole))
    np.testing.assert_array_equal(few.mean(axis=0), 0)
    np.testing.assert_array_equal(few.std(axis=0), 1)


def test_a_deterministic_autoencoder_has_no_kl_and_no_elbo(autoencoder: VAE) -> None:
    result = inference.reconstruct(autoencoder, noise_images(2))
    assert result.posterior.kl is None
    assert result.elbo is None
    assert (result.posterior.std == 0).all()
    assert np.isfinite(result.reconstruction).all()


def test_posterior_codes_scatter_by_sigma() -> None:
    posterior = Posterior(mu=vector(1, -2)[None], std=vector(0.5, 0)[None], kl=None)
    codes = inference.posterior_codes(posterior, 400, seed=0)
    assert codes[:, 0].std() == pytest.approx(0.5, rel=0.15)
    assert (codes[:, 1] == -2).all()


# Sampling


def test_the_same_seed_gives_the_same_digits(vae: VAE) -> None:
    first, again, other = (inference.sample(vae, 6, 1.0, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_temperature_scales_the_codes(vae: VAE) -> None:
    cold, hot = (inference.sample(vae, 6, temperature, 0)[0] for temperature in (0.5, 1.5))
    np.testing.assert_allclose(hot, 3 * cold, rtol=1e-5)


def test_at_temperature_zero_every_sample_is_the_same(vae: VAE) -> None:
    _, drawn = inference.sample(vae, 4, 0.0, 0)
    assert np.ptp(drawn, axis=0).max() < 1e-6


def test_a_gaussian_models_pixels_scatter_by_its_noise() -> None:
    config = VAEConfig(2, encoder_width=8, decoder_width=8, likelihood="gaussian", noise_std=0.1)
    drawn = inference.draw_pixels(VAE(config), np.full((9, 28, 28), 0.5, np.float32), seed=0)
    assert drawn.std() == pytest.approx(0.1, rel=0.05)


def test_drawn_pixels_are_binary_and_average_to_the_mean(vae: VAE) -> None:
    means = np.full((400, 28, 28), 0.3, dtype=np.float32)
    drawn = inference.draw_pixels(vae, means, seed=0)
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert drawn.mean() == pytest.approx(0.3, abs=0.01)


# Interpolation


@pytest.mark.parametrize("method", inference.METHODS)
def test_a_path_begins_and_ends_at_its_ends(method: str) -> None:
    a, b = vector(1, 2, 0), vector(-1, 0.5, 2)
    path = inference.interpolate(a, b, 9, method)
    assert path.shape == (9, 3)
    np.testing.assert_allclose(path[[0, -1]], [a, b], atol=1e-6)


def test_a_linear_path_has_equal_steps() -> None:
    path = inference.interpolate(vector(1, 2), vector(4, -2), 6, "linear")
    np.testing.assert_allclose(np.diff(path, axis=0), [[0.6, -0.8]] * 5, atol=1e-6)


def test_a_spherical_path_keeps_the_norm_and_the_angular_speed() -> None:
    path = inference.interpolate(vector(2, 0, 0), vector(0, 2, 0), 7, "spherical")
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 2, rtol=1e-6)
    np.testing.assert_allclose(np.diff(np.arctan2(path[:, 1], path[:, 0])), math.pi / 12, rtol=1e-5)


@pytest.mark.parametrize("b", [(2.0, 2.0), (-1.0, -1.0), (0.0, 0.0), (1.0, 1.0)])
def test_a_spherical_path_through_the_origin_is_straight(b: tuple[float, float]) -> None:
    a = vector(1, 1)
    path = inference.interpolate(a, vector(*b), 5, "spherical")
    np.testing.assert_allclose(path, inference.interpolate(a, vector(*b), 5, "linear"), atol=1e-6)


# Bad input


def test_out_of_range_requests_say_so(vae: VAE) -> None:
    with pytest.raises(ValueError, match="count must be 1 to 400, got 0"):
        inference.sample(vae, 0, 1.0, 0)
    with pytest.raises(ValueError, match=r"count must be 1 to 400, got 1e\+09"):
        inference.sample(vae, 10**9, 1.0, 0)
    with pytest.raises(ValueError, match="temperature must be 0 to 5, got nan"):
        inference.sample(vae, 1, math.nan, 0)
    with pytest.raises(ValueError, match="seed must be 0 to"):
        inference.sample(vae, 1, 1.0, -1)
    with pytest.raises(ValueError, match="steps must be 2 to"):
        inference.interpolate(vector(0, 0), vector(1, 1), 1, "linear")
    with pytest.raises(ValueError, match="method must be one of linear, spherical, got 'cubic'"):
        inference.interpolate(vector(0, 0), vector(1, 1), 3, "cubic")
    with pytest.raises(ValueError, match="at most 400 codes at once, got 401"):
        inference.decode(vae, np.zeros((401, 3), np.float32))
