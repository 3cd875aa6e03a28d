"""One image's pass with everything kept: the model's own numbers, and gradients that hold."""

import copy

import numpy as np
import pytest
import torch

from app.model import inference, trace
from app.model.inference import Array
from app.model.vae import VAE, VAEConfig, kl_divergence, reparameterize


def image() -> Array:
    return np.random.default_rng(0).random((28, 28), dtype=np.float32)


def test_a_trace_has_the_models_own_terms(vae: VAE) -> None:
    x = torch.tensor(image())[None, None]
    passed = trace.trace(vae, image(), seed=7)
    with torch.inference_mode():
        mu, logvar = vae.encode(x)
        z = reparameterize(mu, logvar, torch.Generator().manual_seed(7))
        log_p = vae.log_likelihood(vae.decode(z), x)
        kl = kl_divergence(mu, logvar)
    assert passed.kl is not None
    np.testing.assert_allclose(passed.z, z[0], rtol=1e-6)
    assert passed.reconstruction.sum() == pytest.approx(-float(log_p), rel=1e-6)
    assert passed.kl.sum() == pytest.approx(float(kl), rel=1e-6)


def test_every_step_of_a_trace_follows_from_the_one_before(vae: VAE) -> None:
    passed = trace.trace(vae, image(), seed=7)
    np.testing.assert_allclose(passed.std, np.exp(0.5 * passed.logvar), rtol=1e-6)
    np.testing.assert_allclose(passed.z, passed.mu + passed.std * passed.eps, rtol=1e-6)
    np.testing.assert_allclose(passed.x_hat, inference.decode(vae, passed.z[None])[0], rtol=1e-5)
    np.testing.assert_array_equal(passed.encoder[-1][1], np.r_[passed.mu, passed.logvar])
    x_logits = passed.decoder[-1][1].reshape(28, 28)
    np.testing.assert_allclose(1 / (1 + np.exp(-x_logits)), passed.x_hat, rtol=1e-5)


def test_the_seed_decides_on_epsilon_and_on_nothing_before_it(vae: VAE) -> None:
    first, other = (trace.trace(vae, image(), seed) for seed in (1, 2))
    np.testing.assert_array_equal(first.mu, other.mu)
    assert not np.array_equal(first.eps, other.eps)


@pytest.mark.parametrize("architecture", ["mlp", "conv"])
def test_a_trace_keeps_what_each_layer_with_weights_puts_out(architecture: str) -> None:
    config = VAEConfig(3, architecture, encoder_width=8, decoder_width=8, likelihood="gaussian")
    passed = trace.trace(VAE(config).eval(), image(), seed=0)
    assert passed.encoder[-1][0] == "Linear" and passed.encoder[-1][1].shape == (6,)
    assert {name for name, _ in passed.decoder} <= {"Linear", "Conv2d", "Residual"}


def test_a_deterministic_trace_has_no_spread_and_no_kl(autoencoder: VAE) -> None:
    passed = trace.trace(autoencoder, image(), seed=0)
    assert passed.kl is None
    assert (passed.std == 0).all() and np.isneginf(passed.logvar).all()
    np.testing.assert_array_equal(passed.z, passed.mu)


def test_no_gradient_comes_back_through_a_drawn_code(vae: VAE) -> None:
    found = trace.sampling_gradients(vae, image(), seed=3)
    assert found.sampled is not None
    assert found.sampled.mu is None and found.sampled.logvar is None
    assert found.sampled.encoder is None, "the encoder hears nothing of the reconstruction"
    assert found.sampled.decoder == pytest.approx(found.reparameterized.decoder), "the same z"


@pytest.mark.parametrize("latent_dim", [2, 32])
def test_sample_and_rsample_give_the_z_of_the_reparameterization(latent_dim: int) -> None:
    mu = torch.linspace(-1, 1, latent_dim)[None].requires_grad_()
    logvar = torch.linspace(0, -4, latent_dim)[None].requires_grad_()
    blocked, free = trace.sample_twice(mu, torch.exp(0.5 * logvar), seed=3)
    outside = reparameterize(mu, logvar, torch.Generator().manual_seed(3))
    torch.testing.assert_close(blocked, outside)
    torch.testing.assert_close(free, outside)
    assert free.requires_grad and not blocked.requires_grad


def test_drawing_leaves_the_global_generator_unchanged() -> None:
    before = torch.get_rng_state()
    trace.sample_twice(torch.zeros(1, 2), torch.ones(1, 2), seed=3)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("architecture", ["mlp", "conv"])
def test_kl_has_no_gradient_for_the_decoder_of_a_plain_encoder(architecture: str) -> None:
    vae = VAE(VAEConfig(3, architecture, encoder_width=8, decoder_width=8))
    mu, logvar = vae.encode(torch.tensor(image())[None, None])
    loss = kl_divergence(mu, logvar).sum()
    to_decoder = torch.autograd.grad(loss, [*vae.decoder.parameters()], allow_unused=True)
    assert all(gradient is None for gradient in to_decoder)
    found = trace.sampling_gradients(vae.eval(), image(), seed=0)
    assert found.kl is not None and found.kl.decoder is None and found.kl.encoder is not None


def test_the_reparameterized_gradient_is_that_of_finite_differences(vae: VAE) -> None:
    passed = trace.trace(vae, image(), seed=3)
    found = trace.sampling_gradients(vae, image(), seed=3).reparameterized
    exact = copy.deepcopy(vae).double()
    x = torch.tensor(image())[None, None].double()
    mu, logvar, eps = (torch.tensor(a).double() for a in (passed.mu, passed.logvar, passed.eps))

    def loss(mu: torch.Tensor, logvar: torch.Tensor) -> float:
        with torch.inference_mode():
            z = mu + torch.exp(0.5 * logvar) * eps
            return -float(exact.log_likelihood(exact.decode(z[None]), x))

    h = 1e-5
    steps = [h * row for row in torch.eye(3).double()]
    by_mu = [(loss(mu + step, logvar) - loss(mu - step, logvar)) / (2 * h) for step in steps]
    by_logvar = [(loss(mu, logvar + step) - loss(mu, logvar - step)) / (2 * h) for step in steps]
    assert found.mu is not None and found.logvar is not None
    np.testing.assert_allclose(found.mu, by_mu, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found.logvar, by_logvar, rtol=1e-3, atol=1e-4)


def test_the_gradients_are_those_of_the_formulas_on_the_page(vae: VAE) -> None:
    passed = trace.trace(vae, image(), seed=3)
    found = trace.sampling_gradients(vae, image(), seed=3)
    outside, kl = found.reparameterized, found.kl
    assert outside.mu is not None and outside.logvar is not None
    assert kl is not None and kl.mu is not None and kl.logvar is not None
    chain = 0.5 * passed.std * passed.eps * outside.mu
    np.testing.assert_allclose(outside.logvar, chain, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(kl.mu, passed.mu, rtol=1e-5)
    np.testing.assert_allclose(kl.logvar, 0.5 * (passed.std**2 - 1), rtol=1e-4, atol=1e-6)
    assert kl.encoder is not None and kl.decoder is None, "KL knows no decoder"


def test_the_shared_model_keeps_no_gradient(vae: VAE) -> None:
    trace.sampling_gradients(vae, image(), seed=0)
    assert all(parameter.grad is None for parameter in vae.parameters())


def test_a_deterministic_encoder_draws_nothing_that_could_block(autoencoder: VAE) -> None:
    found = trace.sampling_gradients(autoencoder, image(), seed=0)
    assert found.sampled is None and found.kl is None
    assert found.reparameterized.mu is not None and found.reparameterized.encoder is not None
    assert found.reparameterized.logvar is None, "its log sigma^2 is a constant"
