"""What importance sampling draws from: densities that are what their draws say."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from app.plane import standard_normal
from app.quadrature import log_p
from app.vae import VAE, VAEConfig
from training.bounds import Sampling, bounds, importance, log_p_defensive
from training.proposals import Defensive, Laplace, Plane, Posterior, Proposal

DRAWS = 20_000


class Fold(nn.Module):
    """|z|, which makes a decoder draw the same in all four quarters of the plane."""

    def forward(self, z: Tensor) -> Tensor:
        return z.abs()


@pytest.fixture
def folded() -> VAE:
    """Its posterior has four modes alike; its q holds one."""
    torch.manual_seed(0)
    vae = VAE(VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16)).eval()
    last = list(vae.decoder.children())[-2]
    head = list(vae.encoder.children())[-1]
    assert isinstance(last, nn.Linear) and isinstance(head, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(4)
        head.weight.zero_()
        head.bias.copy_(torch.tensor([1.5, 1.5, *[2 * math.log(0.3)] * 2]))
    vae.decoder = nn.Sequential(Fold(), vae.decoder)
    return vae.requires_grad_(False)


@pytest.fixture
def x(folded: VAE) -> Tensor:
    return (
        folded.decode(torch.full((1, 2), 1.5))
        .sigmoid()
        .bernoulli(generator=torch.Generator().manual_seed(0))
    )


def slanted(latent_dim: int, likelihood: str = "bernoulli") -> tuple[VAE, Tensor]:
    """An image, and a VAE whose posterior's dimensions depend on each other as q's cannot."""
    torch.manual_seed(0)
    config = VAEConfig(latent_dim, encoder_width=16, decoder_width=16, likelihood=likelihood)
    vae = VAE(config).eval().requires_grad_(False)
    linear, head = nn.Linear(latent_dim, 784), list(vae.encoder.children())[-1]
    assert isinstance(head, nn.Linear)
    linear.requires_grad_(False).weight.add_(torch.randn(784, 1), alpha=0.5)
    vae.decoder = nn.Sequential(linear, nn.Unflatten(1, (1, 28, 28))).requires_grad_(False)
    x = vae.decode(torch.zeros(1, latent_dim)).sigmoid().bernoulli()
    head.weight.zero_()
    head.bias.zero_()
    factor = Laplace(vae, Posterior(*vae.encode(x))).factor
    head.bias[latent_dim:] = -factor.square().sum(dim=2).log().squeeze()
    return vae, x


def proposals(vae: VAE, x: Tensor) -> dict[str, Proposal]:
    q, histogram = Posterior(*vae.encode(x)), Plane(vae).histogram(x)
    laplace = Laplace(vae, q)
    defensive = Defensive(q, histogram)
    return {"q": q, "histogram": histogram, "laplace": laplace, "defensive": defensive}


@pytest.mark.parametrize("name", ["q", "histogram", "laplace", "defensive"])
def test_a_draw_comes_with_its_log_density(name: str, folded: VAE, x: Tensor) -> None:
    proposal = proposals(folded, x)[name]
    z, log_density = proposal.draw(DRAWS, torch.Generator().manual_seed(1))
    assert z.shape == (DRAWS, 1, 2)
    torch.testing.assert_close(log_density, proposal.log_density(z), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["histogram", "laplace", "defensive"])
def test_the_density_is_the_frequency_of_the_draws(name: str, folded: VAE, x: Tensor) -> None:
    # E[f(z) / density(z)] is the integral of f, wherever f lies; here f is 1 on a square.
    z, log_density = proposals(folded, x)[name].draw(DRAWS, torch.Generator().manual_seed(1))
    inside = ((z - 1.5).abs() < 0.3).all(dim=2)
    weights = torch.exp(-log_density) * inside
    error = 4 * float(weights.std()) / DRAWS**0.5
    assert float(weights.mean()) == pytest.approx(0.36, abs=error)
    assert error < 0.1, "or nothing is tested"


def test_the_posteriors_density_is_the_normals(folded: VAE, x: Tensor) -> None:
    z = torch.randn(50, 1, 2, generator=torch.Generator().manual_seed(2))
    normal = Independent(Normal(1.5, 0.3).expand([1, 2]), 1)
    ours = Posterior(*folded.encode(x)).log_density(z)
    torch.testing.assert_close(ours, normal.log_prob(z), rtol=1e-4, atol=1e-3)


def test_beyond_its_plane_a_histogram_has_no_density(folded: VAE, x: Tensor) -> None:
    z = torch.tensor([[[5.5, 0.0]], [[0.0, -5.5]], [[0.0, 4.9]]])
    outside = Plane(folded).histogram(x).log_density(z).isinf().squeeze(1)
    assert outside.tolist() == [True, True, False]


def test_it_sees_the_modes_that_q_misses(folded: VAE, x: Tensor) -> None:
    whole = log_p(folded, x)[0]
    from_q = bounds(folded, x, Sampling(2000)).log_p
    torch.testing.assert_close(
        whole - from_q, torch.full_like(whole, math.log(4)), atol=0.1, rtol=0
    )
    defended = log_p_defensive(folded, x, Sampling(2000))
    torch.testing.assert_close(defended, whole, atol=0.05, rtol=0)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_where_logits_are_linear_in_z_its_curvature_is_that_of_log_p(likelihood: str) -> None:
    vae, x = slanted(4, likelihood)
    mu, logvar = vae.encode(x)
    laplace = Laplace(vae, Posterior(mu, logvar))
    grey = vae.decode(mu).sigmoid()  # of an image that the decoder explains, Gauss-Newton is Newton
    explained = x if likelihood == "bernoulli" else grey

    def log_joint(z: Tensor) -> Tensor:
        return (vae.log_likelihood(vae.decode(z), explained) + standard_normal(z)).sum()

    hessian = torch.autograd.functional.hessian(log_joint, mu).squeeze()
    precision = (laplace.factor @ laplace.factor.mT).squeeze()
    torch.testing.assert_close(precision, -hessian, rtol=1e-3, atol=1e-3)


def test_it_sees_how_dimensions_depend_on_each_other() -> None:
    vae, x = slanted(2)
    q = Posterior(*vae.encode(x))
    defensive = Defensive(q, Laplace(vae, q))
    log_likelihood, log_ratio = importance(vae, x, defensive, DRAWS, torch.Generator())
    estimate = (log_likelihood + log_ratio).logsumexp(dim=0) - math.log(DRAWS)
    torch.testing.assert_close(estimate, log_p(vae, x)[0], atol=0.02, rtol=0)


def test_in_more_dimensions_than_a_plane_has_the_bound_is_tighter() -> None:
    vae, x = slanted(4)
    x = x.repeat(100, 1, 1, 1)
    defended, from_q = log_p_defensive(vae, x, Sampling(50)), bounds(vae, x, Sampling(50)).log_p
    assert defended.mean() > from_q.mean() + 0.3


def test_more_dimensions_than_a_plane_are_refused() -> None:
    with pytest.raises(ValueError, match="2 latent dimensions, not 3"):
        Plane(VAE(VAEConfig(latent_dim=3, encoder_width=16, decoder_width=16)))
