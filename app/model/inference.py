"""What the page and the API do with a model: numpy arrays in, numpy arrays out.

Independent of files and the page. Noise comes from an explicit seed through a CPU generator,
so that a seed gives the same images on every device. Terms are nats per image.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.model.vae import IMAGE_SHAPE, VAE, kl_per_dimension, reparameterize

Array = NDArray[np.float32]

# Pairs of epsilon and -epsilon for the reconstruction term on the page. The root mean square error
# of the estimate is 0.6 nats per image (study/vae-32d), and 0.03 with all pairs of
# `balanced_noise`. The bias of both is below 0.1 nats.
TERM_PAIRS = 4
MAX_IMAGES = 400
MAX_TEMPERATURE = 5.0
MAX_SEED = 2**32 - 1
METHODS = ("linear", "spherical")
MAX_STEPS = 65  # codes of an interpolation, the visitor's maximum
STEPS = 17  # codes of an interpolation by default; odd, so that one of them is at t = 0.5


@dataclass(frozen=True)
class Posterior:
    """q(z|x) of B images.

    Attributes:
        mu, std: (B, Z).
        kl: (B, Z), nats per latent dimension; None for a deterministic encoder.
    """

    mu: Array
    std: Array
    kl: Array | None


@dataclass(frozen=True)
class Reconstruction:
    """Posterior, reconstruction and terms of the ELBO of B images.

    Attributes:
        posterior: q(z|x).
        x_hat: (B, 28, 28) in [0, 1], the decoder's mean at z = mu.
        reconstruction: (B,), -E_q[log p(x|z)], averaged over TERM_PAIRS pairs of epsilons.
        elbo: (B,), -(reconstruction + KL); None for a deterministic encoder.
    """

    posterior: Posterior
    x_hat: Array
    reconstruction: Array
    elbo: Array | None


def encode(vae: VAE, x: Array) -> Posterior:
    """Return q(z|x) of images (B, 28, 28) in [0, 1]."""
    with torch.inference_mode():
        mu, logvar = vae.encode(to_images(vae, x))
        kl = kl_per_dimension(mu, logvar)
        deterministic = vae.config.variance_head == "none"
        return Posterior(
            to_array(mu), to_array(torch.exp(0.5 * logvar)), None if deterministic else to_array(kl)
        )


def decode(vae: VAE, z: Array) -> Array:
    """Return the decoder's mean, (B, 28, 28) in [0, 1], at codes z (B, Z), B <= MAX_IMAGES.

    Raises:
        ValueError: for another shape, numbers that are not finite, or too many codes.
    """
    if len(z) > MAX_IMAGES:
        raise ValueError(f"at most {MAX_IMAGES} codes at once, got {len(z)}")
    with torch.inference_mode():
        codes = torch.tensor(z, dtype=torch.float32, device=_device(vae))
        return to_array(vae.decode(codes).sigmoid().squeeze(1))


def reconstruct(vae: VAE, x: Array) -> Reconstruction:
    """Encode and decode images (B, 28, 28) in [0, 1], with the objective's terms."""
    posterior = encode(vae, x)
    # One pass through the decoder for mu and the codes of the term takes less time than two.
    z = np.concatenate([posterior.mu[None], _term_codes(posterior, TERM_PAIRS)])
    with torch.inference_mode():
        x_logits = _decode_logits(vae, z)
        x_hat = to_array(x_logits[0].sigmoid().squeeze(1))
        reconstruction = _reconstruction_term(vae, x, x_logits[1:])
    if posterior.kl is None:
        return Reconstruction(posterior, x_hat, reconstruction, None)
    elbo = -(reconstruction + posterior.kl.sum(axis=1))
    return Reconstruction(posterior, x_hat, reconstruction, elbo)


def rmse(x_hat: Array, x: Array) -> Array:
    """Return each image's root mean squared error over pixels: (B, 28, 28) twice -> (B,)."""
    error: Array = np.sqrt(np.square(x_hat - x).mean(axis=(1, 2)))
    return error


def reconstruction_term(vae: VAE, x: Array, posterior: Posterior) -> Array:
    """Return -E_q[log p(x|z)] in nats, (B,), averaged over all of `balanced_noise`.

    For a deterministic encoder it is -log p(x|z) at the only code.

    Args:
        vae: the model.
        x: (B, 28, 28) in [0, 1].
        posterior: q(z|x) of the same images.
    """
    with torch.inference_mode():
        x_logits = _decode_logits(vae, _term_codes(posterior))
        return _reconstruction_term(vae, x, x_logits)


def _term_codes(posterior: Posterior, pairs: int | None = None) -> Array:
    """Return the codes at which the reconstruction term is evaluated, (S, B, Z)."""
    latent_dim = posterior.mu.shape[1]
    eps = np.zeros((1, latent_dim)) if posterior.kl is None else balanced_noise(latent_dim, pairs)
    z: Array = posterior.mu + posterior.std * eps[:, None].astype(np.float32)
    return z


def _decode_logits(vae: VAE, z: Array) -> Tensor:
    """Return the decoder's logits at codes (S, B, Z), (S, B, 1, 28, 28)."""
    codes = torch.tensor(z, device=_device(vae))
    return vae.decode(codes.flatten(0, 1)).view(*z.shape[:2], *IMAGE_SHAPE)


def _reconstruction_term(vae: VAE, x: Array, x_logits: Tensor) -> Array:
    """Return -log p(x|z) in nats, (B,), averaged over logits (S, B, 1, 28, 28)."""
    images = to_images(vae, x).expand_as(x_logits)
    log_p = vae.log_likelihood(x_logits.flatten(0, 1), images.flatten(0, 1))
    return -to_array(log_p.view(len(x_logits), -1).mean(dim=0))


def balanced_noise(latent_dim: int, pairs: int | None = None) -> NDArray[np.float64]:
    """Return S epsilons (S, Z) whose mean is exactly 0 and whose variances are exactly 1.

    They are rows of a Hadamard matrix, whose elements are 1 or -1, and the negatives of these rows.
    A single pair already has mean 0 and variances 1. All rows together have covariance I: their
    mean of a polynomial of degree three or less equals its expectation under N(0, I). Random draws
    shared by all images have an error of the same sign for most images: with 16 of them the term of
    vae-32d was 1.1 nats too high.

    Args:
        latent_dim: Z.
        pairs: number of rows, at most the smallest power of two >= Z; None takes all.
    """
    rows = np.ones((1, 1))
    while len(rows) < latent_dim:
        rows = np.block([[rows, rows], [rows, -rows]])  # Sylvester's construction
    chosen = rows[:pairs, :latent_dim]
    return np.concatenate([chosen, -chosen])


def negative_elbo_at_mean(vae: VAE, x: Array) -> Array:
    """Return -log p(x|z = mu) + KL of images (B, 28, 28) in nats, (B,).

    It takes one pass and no noise. It approximates -ELBO and is used only to compare images.

    Raises:
        ValueError: if the encoder is deterministic.
    """
    if vae.config.variance_head == "none":
        raise ValueError("expected a VAE, got a deterministic autoencoder, which has no ELBO")
    with torch.inference_mode():
        images = to_images(vae, x)
        mu, logvar = vae.encode(images)
        reconstruction = -vae.log_likelihood(vae.decode(mu), images)
        return to_array(reconstruction + kl_per_dimension(mu, logvar).sum(dim=1))


def posterior_codes(posterior: Posterior, count: int, seed: int) -> Array:
    """Return samples z = mu + sigma * eps of q(z|x) of the first image, (count, Z).

    Raises:
        ValueError: for a count or seed out of range.
    """
    check_range("count", count, 1, MAX_IMAGES)
    mu = torch.tensor(posterior.mu[:1]).repeat(count, 1)
    logvar = 2 * torch.tensor(posterior.std[:1]).log().repeat(count, 1)
    return to_array(reparameterize(mu, logvar, generator(seed)))


def sample(vae: VAE, count: int, temperature: float, seed: int) -> tuple[Array, Array]:
    """Draw new images: decode z = T * eps with eps ~ N(0, I).

    Returns:
        z (count, Z) and the decoder's means (count, 28, 28).

    Raises:
        ValueError: for a count, temperature or seed out of range.
    """
    check_range("count", count, 1, MAX_IMAGES)
    check_range("temperature", temperature, 0, MAX_TEMPERATURE)
    eps = torch.randn(count, vae.config.latent_dim, generator=generator(seed))
    z = (temperature * eps).numpy()
    return z, decode(vae, z)


def prior_grid(columns: int, rows: int) -> Array:
    """Return codes (rows * columns, 2) at evenly spaced quantiles of N(0, I), row by row.

    The first row has the largest z_2, and the first code of a row the smallest z_1.

    Source: Kingma & Welling, "Auto-Encoding Variational Bayes", 2014, figure 4.
    """
    x, y = (
        [NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)] for count in (columns, rows)
    )
    return np.array([(z_1, z_2) for z_2 in reversed(y) for z_1 in x], dtype=np.float32)


def draw_pixels(vae: VAE, x_hat: Array, seed: int) -> Array:
    """Sample x ~ p(x|z) for the decoder's means x_hat: binary pixels, or gray with Gaussian noise.

    Returns:
        x, of the shape of x_hat. Gaussian samples are clipped to [0, 1], the range of an image.
    """
    means, draws = torch.tensor(x_hat), generator(seed)
    if vae.config.likelihood == "bernoulli":
        return to_array(torch.bernoulli(means, generator=draws))
    return to_array(torch.normal(means, vae.config.noise_std, generator=draws).clamp(0, 1))


def interpolate(z_a: Array, z_b: Array, steps: int, method: str) -> Array:
    """Return a path of codes (steps, Z) from z_a to z_b, each (Z,), both ends included.

    "linear" is the straight line. "spherical" is slerp (Shoemake, "Animating rotation with
    quaternion curves", 1985). Between codes of equal norm it is an arc with constant angular speed
    that keeps the norm, where nearly all of a Gaussian prior of many dimensions is. Between codes
    of different norm the norm changes along the path. Codes that are (nearly) on one line through
    the origin have no unique arc; the path is then the straight line.

    Raises:
        ValueError: for a number of steps out of range or another method.
    """
    check_range("steps", steps, 2, MAX_IMAGES)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]  # (steps, 1)
    norms = float(np.linalg.norm(z_a) * np.linalg.norm(z_b))
    cosine = float(z_a @ z_b) / norms if norms > 0 else 1.0
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    if method == "linear" or math.sin(angle) < 1e-4:
        return (1 - t) * z_a + t * z_b
    path = (np.sin((1 - t) * angle) * z_a + np.sin(t * angle) * z_b) / math.sin(angle)
    return np.asarray(path, dtype=np.float32)


def generator(seed: int) -> torch.Generator:
    """Return a CPU generator with the visitor's seed."""
    check_range("seed", seed, 0, MAX_SEED)
    return torch.Generator().manual_seed(seed)


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless low <= value <= high, also for NaN."""
    if not low <= value <= high:
        raise ValueError(f"{name} must be {low:g} to {high:g}, got {value:g}")


def to_images(vae: VAE, x: Array) -> Tensor:
    """Convert images (B, 28, 28) to the model's input, (B, 1, 28, 28) on its device."""
    return torch.tensor(x, dtype=torch.float32, device=_device(vae)).unsqueeze(1)


def _device(vae: VAE) -> torch.device:
    return next(vae.parameters()).device


def to_array(tensor: Tensor) -> Array:
    """Convert a tensor on any device to a float32 numpy array."""
    array: Array = tensor.float().cpu().numpy()
    return array
