"""What importance sampling draws from: densities that are what their draws say."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from app.quadrature import log_p
from app.vae import VAE, VAEConfig
from training.bounds import Sampling, bounds, log_p_defensive
from training.proposals import Defensive, Plane, Posterior, Proposal

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


def proposals(vae: VAE, x: Tensor) -> dict[str, Proposal]:
    q, histogram = Posterior(*vae.encode(x)), Plane(vae).histogram(x)
    return {"q": q, "histogram": histogram, "defensive": Defensive(q, histogram)}


@pytest.mark.parametrize("name", ["q", "histogram", "defensive"])
def test_a_draw_comes_with_its_log_density(name: str, folded: VAE, x: Tensor) -> None:
    proposal = proposals(folded, x)[name]
    z, log_density = proposal.draw(DRAWS, torch.Generator().manual_seed(1))
    assert z.shape == (DRAWS, 1, 2)
    torch.testing.assert_close(log_density, proposal.log_density(z), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["histogram", "defensive"])
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


def test_more_dimensions_than_a_plane_are_refused() -> None:
    with pytest.raises(ValueError, match="2 latent dimensions, not 3"):
        Plane(VAE(VAEConfig(latent_dim=3, encoder_width=16, decoder_width=16)))
