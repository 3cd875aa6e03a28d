"""What training.pictures promises: unpicked samples, and the plane as the prior sees it."""

import io

import numpy as np
import torch
from PIL import Image

from app.model import inference
from app.model.vae import VAE, VAEConfig
from training.reports.previews import LEVELS, pictures, plane


def small(latent_dim: int) -> VAE:
    torch.manual_seed(0)
    vae = VAE(VAEConfig(latent_dim=latent_dim, encoder_width=16, decoder_width=16)).eval()
    return vae.half().float()  # as it would be stored


def test_the_samples_are_the_first_hundred_of_seed_0() -> None:
    vae = small(3)
    files = pictures(vae)
    assert set(files) == {"samples.png"}
    picture = np.asarray(Image.open(io.BytesIO(files["samples.png"])))
    tiles = picture.reshape(10, 28, 10, 28).swapaxes(1, 2).reshape(100, 28, 28)
    _, expected = inference.sample(vae, 100, temperature=1.0, seed=0)
    assert np.abs(tiles / 255 - expected).max() <= 0.5 / (LEVELS - 1) + 0.5 / 255


def test_two_dimensions_are_shown_as_a_plane_of_equal_prior_mass() -> None:
    assert set(pictures(small(2))) == {"samples.png", "plane.png"}
    mass = torch.distributions.Normal(0, 1).cdf(torch.tensor(plane()))
    steps = (torch.arange(20) + 0.5) / 20
    torch.testing.assert_close(mass[:20, 0], steps, atol=1e-5, rtol=0)  # to the right
    torch.testing.assert_close(mass[::20, 1], steps.flip(0), atol=1e-5, rtol=0)  # from the top


def test_a_model_of_another_precision_is_left_as_it_was() -> None:
    vae = small(2).double()
    pictures(vae)
    assert next(vae.parameters()).dtype == torch.float64
