"""The model's contract, against closed forms, torch.distributions and properties."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from app.model import vae as vae_module
from app.model.vae import (
    VAE,
    VARIANCE_HEADS,
    VAEConfig,
    kl_per_dimension,
    log_likelihood,
    reparameterize,
)

CONFIGS = [
    VAEConfig(latent_dim=2, encoder_width=32, decoder_width=32),
    VAEConfig(latent_dim=5, encoder_width=32, decoder_width=32, encoder_blocks=0, decoder_blocks=0),
    VAEConfig(latent_dim=3, architecture="conv", encoder_width=8, decoder_width=8),
]


@pytest.fixture(params=CONFIGS, ids=lambda config: f"{config.architecture}-{config.latent_dim}d")
def vae(request: pytest.FixtureRequest) -> VAE:
    torch.manual_seed(0)
    return VAE(request.param).eval()


def images(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def squares() -> torch.Tensor:
    """Four binary images that differ: a square in each corner."""
    x = torch.zeros(4, 1, 28, 28)
    for image, (row, column) in zip(x, [(2, 2), (2, 16), (16, 2), (16, 16)], strict=True):
        image[0, row : row + 10, column : column + 10] = 1
    return x


def posterior(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)


# Shapes


def test_encode_and_decode_have_the_documented_shapes(vae: VAE) -> None:
    mu, logvar = vae.encode(images())
    assert mu.shape == logvar.shape == (4, vae.config.latent_dim)
    assert vae.decode(mu).shape == (4, 1, 28, 28)


def test_the_decoder_returns_logits_not_probabilities(vae: VAE) -> None:
    x_logits = vae.decode(3 * torch.randn(64, vae.config.latent_dim))
    assert x_logits.min() < 0


def test_an_image_is_encoded_alone_as_in_a_batch(vae: VAE) -> None:
    x = images()
    torch.testing.assert_close(vae.encode(x[2:3])[0], vae.encode(x)[0][2:3], rtol=1e-4, atol=1e-5)


# The KL term


def test_kl_is_zero_at_the_prior() -> None:
    zeros = torch.zeros(3, 7)
    assert vae_module.kl_divergence(zeros, zeros).tolist() == [0, 0, 0]


def test_kl_is_positive_away_from_the_prior() -> None:
    assert (vae_module.kl_divergence(*posterior(50, 4)) > 0).all()


def test_kl_equals_torch_distributions() -> None:
    mu, logvar = posterior(6, 9)
    q = Independent(Normal(mu, torch.exp(0.5 * logvar)), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    torch.testing.assert_close(vae_module.kl_divergence(mu, logvar), kl_divergence(q, p))


def test_kl_is_summed_over_dimensions() -> None:
    mu, logvar = posterior(6, 9)
    torch.testing.assert_close(
        kl_per_dimension(mu, logvar).sum(dim=1), vae_module.kl_divergence(mu, logvar)
    )


# The likelihoods


def test_bernoulli_likelihood_equals_torch_distributions() -> None:
    x_logits, x = torch.randn(4, 1, 28, 28), images().round()
    expected = Bernoulli(logits=x_logits).log_prob(x).sum(dim=(1, 2, 3))
    torch.testing.assert_close(log_likelihood(x_logits, x), expected)


def test_gaussian_likelihood_equals_torch_distributions() -> None:
    x_logits, x = torch.randn(4, 1, 28, 28), images()
    expected = Normal(x_logits.sigmoid(), 0.3).log_prob(x).sum(dim=(1, 2, 3))
    torch.testing.assert_close(log_likelihood(x_logits, x, "gaussian", 0.3), expected)


def test_the_model_uses_its_own_likelihood() -> None:
    config = VAEConfig(2, encoder_width=8, decoder_width=8, likelihood="gaussian", noise_std=0.2)
    x_logits, x = torch.randn(4, 1, 28, 28), images()
    expected = log_likelihood(x_logits, x, "gaussian", 0.2)
    assert torch.equal(VAE(config).log_likelihood(x_logits, x), expected)


def test_confident_logits_stay_finite() -> None:
    x_logits, x = torch.full((1, 1, 28, 28), 200.0), torch.zeros(1, 1, 28, 28)
    assert log_likelihood(x_logits, x).item() == pytest.approx(-200.0 * 784)


# The reparameterization


def test_samples_follow_the_posterior() -> None:
    mu, logvar = torch.tensor([[1.5, -2.0]]), torch.tensor([[-1.0, 0.5]])
    z = reparameterize(mu.repeat(200_000, 1), logvar.repeat(200_000, 1))
    torch.testing.assert_close(z.mean(dim=0), mu[0], atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(dim=0), torch.exp(0.5 * logvar[0]), atol=0.02, rtol=0)


def test_the_gradient_reaches_mu_and_logvar_through_the_sampling() -> None:
    mu, logvar = posterior(3, 4)
    mu.requires_grad_()
    logvar.requires_grad_()
    z = reparameterize(mu, logvar, torch.Generator().manual_seed(0))
    z.sum().backward()
    eps = (z - mu) / torch.exp(0.5 * logvar)
    assert mu.grad is not None and logvar.grad is not None
    torch.testing.assert_close(mu.grad, torch.ones_like(mu))
    torch.testing.assert_close(logvar.grad, (0.5 * torch.exp(0.5 * logvar) * eps).detach())


def test_a_plain_sample_blocks_the_gradient() -> None:
    mu = torch.zeros(3, requires_grad=True)
    assert not Normal(mu, 1.0).sample().requires_grad


def test_a_seed_gives_the_same_noise() -> None:
    mu, logvar = posterior(3, 4)
    first, again, other = (
        reparameterize(mu, logvar, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


# The variance heads


@pytest.mark.parametrize("head", ["log", "softplus", "relu", "abs"])
def test_a_variance_head_gives_the_variance_it_is_named_after(head: str) -> None:
    raw = torch.linspace(-3, 3, 61)
    positive = {"log": raw.exp(), "softplus": F.softplus(raw), "relu": raw.relu(), "abs": raw.abs()}
    expected = positive[head]
    torch.testing.assert_close(VARIANCE_HEADS[head](raw).exp(), expected)


def test_a_deterministic_encoder_has_no_noise() -> None:
    config = VAEConfig(2, encoder_width=8, decoder_width=8, variance_head="none")
    mu, logvar = VAE(config).encode(images())
    assert (logvar == -math.inf).all()
    assert torch.equal(reparameterize(mu, logvar), mu)
    assert (vae_module.kl_divergence(mu, logvar) == math.inf).all()


def test_the_encoder_does_not_depend_on_the_decoder(vae: VAE) -> None:
    before = vae.encode(images())
    with torch.no_grad():
        for parameter in vae.decoder.parameters():
            parameter.add_(torch.randn(parameter.shape))
    for old, new in zip(before, vae.encode(images()), strict=True):
        assert torch.equal(old, new)


# Learning


@pytest.mark.parametrize("config", [CONFIGS[0], CONFIGS[2]], ids=["mlp", "conv"])
def test_one_batch_can_be_overfitted(config: VAEConfig) -> None:
    torch.manual_seed(0)
    vae = VAE(config)
    x = squares()
    optimizer = torch.optim.Adam(vae.parameters(), 1e-2)
    losses = []
    for _ in range(150):
        mu, logvar = vae.encode(x)
        x_logits = vae.decode(reparameterize(mu, logvar))
        loss = -vae.log_likelihood(x_logits, x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.25 * losses[0]


# Bad input


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (torch.zeros(2, 28, 28), r"x must be \(B, 1, 28, 28\), got \(2, 28, 28\)"),
        (torch.zeros(2, 1, 32, 32), r"got \(2, 1, 32, 32\)"),
        (torch.zeros(2, 1, 28, 28, dtype=torch.uint8), "x must be torch.float32, got torch.uint8"),
        (torch.full((1, 1, 28, 28), 255.0), r"x must be in \[0, 1\], got 255 to 255"),
        (torch.full((1, 1, 28, 28), math.nan), r"x must be in \[0, 1\], got nan"),
    ],
)
def test_encode_says_what_is_wrong_with_an_image(vae: VAE, x: torch.Tensor, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        vae.encode(x)


def test_decode_says_what_is_wrong_with_a_code(vae: VAE) -> None:
    wrong_length = torch.zeros(1, vae.config.latent_dim + 1)
    with pytest.raises(ValueError, match=rf"z must be \(B, {vae.config.latent_dim}\), got"):
        vae.decode(wrong_length)
    with pytest.raises(ValueError, match="z must be finite"):
        vae.decode(torch.full((1, vae.config.latent_dim), math.nan))
    with pytest.raises(ValueError, match="z must be torch.float32"):
        vae.decode(torch.zeros(1, vae.config.latent_dim, dtype=torch.float64))


def test_likelihood_refuses_shapes_that_would_broadcast() -> None:
    with pytest.raises(ValueError, match="like x_logits"):
        log_likelihood(torch.zeros(4, 1, 28, 28), torch.zeros(1, 1, 28, 28))


# The configuration


def test_a_configuration_survives_json() -> None:
    config = CONFIGS[2]
    assert VAEConfig.from_dict(json.loads(json.dumps(asdict(config)))) == config


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"latent_dim": 2, "widht": 3}, "unknown keys widht"),
        ({}, "latent_dim is missing"),
        ({"latent_dim": "2"}, "latent_dim must be int, got '2'"),
        ({"latent_dim": True}, "latent_dim must be int, got True"),
        ({"latent_dim": 0}, "latent_dim must be 1 to"),
        ({"latent_dim": 2, "encoder_blocks": -1}, "encoder_blocks must be 0 to"),
        ({"latent_dim": 2, "architecture": "transformer"}, "architecture must be one of mlp, conv"),
        ({"latent_dim": 2, "likelihood": "poisson"}, "likelihood must be one of"),
        ({"latent_dim": 2, "variance_head": "exp"}, "variance_head must be one of"),
        ({"latent_dim": 2, "dropout": 1.0}, "dropout must be in"),
        ({"latent_dim": 2, "noise_std": 0.0}, "noise_std must be positive"),
    ],
)
def test_a_wrong_configuration_is_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        VAEConfig.from_dict(values)


# On disk


def test_a_saved_model_comes_back_the_same(vae: VAE, tmp_path: Path) -> None:
    vae.save_pretrained(tmp_path)
    again = VAE.from_pretrained(tmp_path)
    assert again.config == vae.config
    assert not again.training
    assert torch.equal(again.encode(images())[0], vae.encode(images())[0])


def test_half_precision_weights_are_loaded_as_single(vae: VAE, tmp_path: Path) -> None:
    vae.half().save_pretrained(tmp_path)
    again = VAE.from_pretrained(tmp_path)
    assert {parameter.dtype for parameter in again.parameters()} == {torch.float32}


def test_unknown_keys_in_config_json_are_refused(vae: VAE, tmp_path: Path) -> None:
    vae.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "depth": 3}))
    with pytest.raises(ValueError, match="unknown keys depth"):
        VAE.from_pretrained(tmp_path)


def test_a_folder_without_config_json_is_named(vae: VAE, tmp_path: Path) -> None:
    vae.save_pretrained(tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match="with config.json"):
        VAE.from_pretrained(tmp_path)


def test_weights_of_another_network_are_refused(vae: VAE, tmp_path: Path) -> None:
    vae.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "encoder_blocks": 3}))
    with pytest.raises(RuntimeError, match="loading state_dict"):
        VAE.from_pretrained(tmp_path)
