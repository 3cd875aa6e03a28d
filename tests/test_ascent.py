"""An encoder that checks its answer: where the step goes, and who learns from it."""

import pytest
import torch
from torch import Tensor

from app.ascent import FARTHEST, RATE, Ascent
from app.plane import standard_normal
from app.vae import VAE, VAEConfig

DIMENSIONS = 3
TARGET = torch.tensor([[0.3, -0.2, 0.1]])
PRECISION = torch.tensor([[4.0, 25.0, 100.0]])


def quadratic(z: Tensor) -> Tensor:
    """The log density, but for a constant, of a Gaussian about TARGET."""
    return -0.5 * (PRECISION * (z - TARGET).square()).sum(dim=1)


def ascent(rate: float, steps: int = 1) -> Ascent:
    module = Ascent(DIMENSIONS, steps)
    torch.nn.init.constant_(module.rate, rate)
    return module.eval()


@pytest.fixture
def vae() -> VAE:
    torch.manual_seed(0)
    return VAE(VAEConfig(DIMENSIONS, encoder_width=16, decoder_width=32, ascent=1)).eval()


@pytest.fixture
def x() -> Tensor:
    return torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0)).round()


def log_joint(vae: VAE, x: Tensor, z: Tensor) -> Tensor:
    return vae.log_likelihood(vae.decode(z), x) + standard_normal(z)


def test_with_the_posteriors_own_variance_a_whole_step_ends_at_its_mean() -> None:
    mu, logvar = torch.zeros(1, DIMENSIONS), -PRECISION.log()
    torch.testing.assert_close(ascent(1.0)(mu, logvar, quadratic), TARGET)


def test_a_part_of_a_step_goes_that_part_of_the_way_each_time() -> None:
    mu, logvar = torch.zeros(1, DIMENSIONS), -PRECISION.log()
    found = ascent(0.25, steps=3)(mu, logvar, quadratic)
    torch.testing.assert_close(found, (1 - 0.75**3) * TARGET)


@pytest.mark.parametrize(("steps", "taken"), [(1, 1), (2, 1), (3, 2)])
def test_training_leaves_out_the_last_of_several_steps(steps: int, taken: int) -> None:
    mu, logvar = torch.zeros(1, DIMENSIONS), -PRECISION.log()
    found = ascent(0.25, steps).train()(mu, logvar, quadratic)
    torch.testing.assert_close(found, (1 - 0.75**taken) * TARGET)


def test_no_step_is_longer_than_q_is_wide_a_few_times() -> None:
    mu, logvar = torch.full((1, DIMENSIONS), 1e4), torch.full((1, DIMENSIONS), -2.0)
    moved = ascent(RATE)(mu, logvar, quadratic) - mu
    std = torch.exp(0.5 * logvar)
    torch.testing.assert_close(moved, -RATE * FARTHEST * std, rtol=1e-2, atol=0)


def test_a_small_step_makes_an_image_likelier_together_with_its_code(vae: VAE, x: Tensor) -> None:
    torch.nn.init.constant_(vae.ascent.rate, 0.01)
    mu, logvar = vae.encode(x)
    before = VAE(VAEConfig(DIMENSIONS, encoder_width=16, decoder_width=32)).eval()
    before.load_state_dict({k: v for k, v in vae.state_dict().items() if k != "ascent.rate"})
    first_mu, first_logvar = before.encode(x)
    assert torch.equal(logvar, first_logvar)
    assert (log_joint(vae, x, mu) > log_joint(vae, x, first_mu)).all()


def test_nothing_learns_through_the_gradient_but_the_rate_and_the_spread_do() -> None:
    mu = torch.zeros(2, DIMENSIONS, requires_grad=True)
    logvar = torch.zeros(2, DIMENSIONS, requires_grad=True)
    module = ascent(RATE)
    module(mu, logvar, quadratic).sum().backward()
    assert mu.grad is not None and logvar.grad is not None and module.rate.grad is not None
    assert torch.equal(mu.grad, torch.ones_like(mu))
    assert logvar.grad.all() and module.rate.grad.all()


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_decoder_learns_from_the_final_code_alone(
    precision: torch.dtype, vae: VAE, x: Tensor
) -> None:
    eps = torch.zeros(len(x), DIMENSIONS)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
        x_logits, mu, _ = vae(x, eps)
        direct = vae.decoder(mu.detach()).to(x.dtype)
    parameters = list(vae.decoder.parameters())
    ours, expected = (
        torch.autograd.grad(vae.log_likelihood(logits, x).sum(), parameters)
        for logits in (x_logits, direct)
    )
    for one, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_it_answers_alike_where_no_gradients_are_wanted(vae: VAE, x: Tensor) -> None:
    mu, _ = vae.encode(x)
    with torch.no_grad():
        assert torch.equal(vae.encode(x)[0], mu)
    with torch.inference_mode():
        assert torch.equal(vae.encode(x.clone())[0], mu)
    assert all(parameter.grad is None for parameter in vae.parameters())
