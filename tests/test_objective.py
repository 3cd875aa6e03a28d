"""The terms of the objective, compared with torch.distributions and torch.func."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from app.model.vae import VAE, VAEConfig
from training.objective import Objective, jacobian_norm, term_names
from training.recipes import Recipe

RECIPE = Recipe(
    model=VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16),
    epochs=1,
    batch_size=8,
    learning_rate=1e-3,
)
DETERMINISTIC = replace(RECIPE, model=replace(RECIPE.model, variance_head="none"))


@pytest.fixture
def x() -> Tensor:
    return torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def eps() -> Tensor:
    return torch.randn(8, 2, generator=torch.Generator().manual_seed(1))


def built(recipe: Recipe) -> tuple[VAE, Objective]:
    torch.manual_seed(0)
    vae = VAE(recipe.model).eval()
    return vae, Objective(vae, recipe)


def test_the_loss_is_the_negative_of_the_lectures_objective(x: Tensor, eps: Tensor) -> None:
    vae, objective = built(RECIPE)
    x = x.round()  # the support of a Bernoulli variable
    terms = objective(x, x, eps, 4.0)
    mu, logvar = vae.encode(x)
    q = Normal(mu, torch.exp(0.5 * logvar))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    log_p = Bernoulli(logits=vae.decode(mu + q.stddev * eps)).log_prob(x).sum(dim=(1, 2, 3)).mean()
    torch.testing.assert_close(terms["reconstruction"], -log_p)
    torch.testing.assert_close(terms["kl"], kl)
    torch.testing.assert_close(terms["loss"], -(log_p - 4.0 * kl))
    torch.testing.assert_close(terms["variance"], q.variance.mean())


def test_a_deterministic_encoder_has_a_reconstruction_term_but_no_kl(
    x: Tensor, eps: Tensor
) -> None:
    vae, objective = built(DETERMINISTIC)
    terms = objective(x, x, eps, 1.0)
    mu, _ = vae.encode(x)
    torch.testing.assert_close(terms["loss"], -vae.log_likelihood(vae.decode(mu), x).mean())
    assert "kl" not in terms


def test_the_encoder_input_is_corrupted_and_the_target_is_clean(x: Tensor, eps: Tensor) -> None:
    vae, objective = built(DETERMINISTIC)
    encoder_input = x.flip(0)
    mu, _ = vae.encode(encoder_input)
    expected = -vae.log_likelihood(vae.decode(mu), x).mean()
    torch.testing.assert_close(objective(encoder_input, x, eps, 1.0)["loss"], expected)


def test_the_contraction_is_the_squared_norm_of_the_jacobian(x: Tensor, eps: Tensor) -> None:
    vae, objective = built(replace(DETERMINISTIC, contractive_weight=0.5))
    terms = objective(x, x, eps, 1.0)
    jacobians = torch.func.jacrev(lambda image: vae.encoder(image[None])[0, :2])
    expected = torch.stack([jacobians(image).square().sum() for image in x])
    leaf = x.clone().requires_grad_()
    torch.testing.assert_close(jacobian_norm(vae.encode(leaf)[0], leaf), expected)
    torch.testing.assert_close(terms["contraction"], expected.mean())
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + 0.5 * expected.mean())


def test_training_reduces_the_contraction(x: Tensor, eps: Tensor) -> None:
    vae, objective = built(replace(DETERMINISTIC, contractive_weight=1e3))
    optimizer = torch.optim.Adam(vae.parameters(), lr=1e-2)
    values = []
    for _ in range(20):
        terms = objective(x, x, eps, 1.0)
        optimizer.zero_grad()
        terms["loss"].backward()
        optimizer.step()
        values.append(terms["contraction"].item())
    assert values[-1] < 0.5 * values[0]


@pytest.mark.parametrize("recipe", [RECIPE, DETERMINISTIC, replace(RECIPE, contractive_weight=0.1)])
def test_term_names_match_the_terms_in_order(recipe: Recipe, x: Tensor, eps: Tensor) -> None:
    _, objective = built(recipe)
    assert list(objective(x, x, eps, 1.0)) == term_names(recipe)
