"""The amortization gap of one image: a gain that is not fitted noise, never a part of encode."""

import numpy as np
import pytest
import torch

from app.frontend.requests import ImageRequest, unit
from app.model import amortization, inference
from app.model.inference import Array
from app.model.quadrature import log_p
from app.model.vae import VAE, VAEConfig, kl_divergence
from app.registry.models import ModelRegistry
from app.tabs.reconstruct.amortization import amortization_functions
from tests.frontend.test_requests import CROSS, pack
from tests.paths import WEIGHTS


def image() -> Array:
    return np.random.default_rng(0).random((28, 28), dtype=np.float32)


def test_the_refined_posterior_has_a_higher_elbo_on_fresh_draws() -> None:
    vae = VAE.from_pretrained(WEIGHTS / "study" / "vae-32d")
    x = inference.sample(vae, 1, 1.0, seed=4)[1][0]
    found = amortization.refine(vae, x, seed=0)
    refined = found.posterior
    encoded = inference.encode(vae, x[None])
    noise = np.random.default_rng(5).standard_normal((2000, 32)).astype(np.float32)

    def elbo(posterior: inference.Posterior) -> tuple[float, float]:
        z = torch.tensor(posterior.mu + posterior.std * noise)
        with torch.inference_mode():
            images = torch.tensor(x)[None, None].expand(len(z), 1, 28, 28)
            log_p = vae.log_likelihood(vae.decode(z), images)
        logvar = 2 * torch.tensor(posterior.std).log()
        kl = float(kl_divergence(torch.tensor(posterior.mu), logvar))
        return float(log_p.mean()) - kl, float(log_p.std()) / len(z) ** 0.5

    before, _ = elbo(encoded)
    after, error = elbo(refined)
    assert after > before
    assert found.gain == pytest.approx(after - before, abs=6 * error)


def test_it_starts_at_the_encoders_own_posterior(vae: VAE) -> None:
    x = image()
    found = amortization.refine(vae, x, seed=0, steps=25)
    encoded = inference.encode(vae, x[None])
    assert found.steps == [0, 20, 25]
    assert encoded.kl is not None
    assert found.kl[0] == pytest.approx(encoded.kl.sum(), rel=1e-5)
    whole = inference.reconstruction_term(vae, x[None], encoded)
    assert found.reconstruction[0] == pytest.approx(whole[0], rel=1e-5)
    np.testing.assert_allclose(found.x_hat[0], inference.decode(vae, encoded.mu)[0], atol=1e-6)


def test_the_same_seed_gives_the_same_refinement(vae: VAE) -> None:
    first, again, other = (amortization.refine(vae, image(), seed, 10) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.posterior.mu, again.posterior.mu)
    assert not np.array_equal(first.posterior.mu, other.posterior.mu)


def test_the_shared_model_is_unchanged(vae: VAE) -> None:
    before = {name: value.clone() for name, value in vae.state_dict().items()}
    encoded = inference.encode(vae, image()[None])
    amortization.refine(vae, image(), seed=0, steps=5)
    assert all(torch.equal(value, vae.state_dict()[name]) for name, value in before.items())
    assert all(parameter.grad is None for parameter in vae.parameters())
    np.testing.assert_array_equal(inference.encode(vae, image()[None]).mu, encoded.mu)


def test_a_point_has_no_gap(autoencoder: VAE) -> None:
    with pytest.raises(ValueError, match="expected an encoder with sigma > 0"):
        amortization.refine(autoencoder, image(), seed=0)


@pytest.mark.parametrize("name", ["vae-2d", "vae-32d"])
def test_the_exact_log_p_bounds_the_refined_elbo_where_a_plane_can_be_integrated(name: str) -> None:
    registry = ModelRegistry(WEIGHTS, torch.device("cpu"))
    [refine] = amortization_functions(registry)
    answer = refine(ImageRequest(model=name, pixels=pack(CROSS), seed=0))
    if name == "vae-32d":
        assert answer["log_p"] is None
        return
    [[exact]] = log_p(registry[name].vae, torch.tensor(unit(CROSS))[None, None], cells=250)
    assert answer["log_p"] == pytest.approx(float(exact), abs=0.1)
    assert -answer["reconstruction"][-1] - answer["kl"][-1] <= answer["log_p"] + 0.1


def test_a_gaussian_likelihood_is_refined_too() -> None:
    config = VAEConfig(2, encoder_width=8, decoder_width=8, likelihood="gaussian")
    assert np.isfinite(amortization.refine(VAE(config).eval(), image(), seed=0, steps=5).gain)


@pytest.mark.parametrize(("seed", "steps"), [(-1, 10), (0, 0), (0, 401)])
def test_out_of_range_requests_say_so(vae: VAE, seed: int, steps: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        amortization.refine(vae, image(), seed, steps)
