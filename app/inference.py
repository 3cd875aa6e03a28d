"""What the page and the API do with a model: numpy arrays in, numpy arrays out.

Knows no files, no pictures and no page. Noise comes from an explicit seed through a CPU generator,
so that a seed gives the same digits on every device. Terms are nats per image.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.vae import VAE, Residual, kl_per_dimension, log_likelihood_per_pixel, reparameterize

Array = NDArray[np.float32]

TERM_SAMPLES = 16  # epsilons that a reconstruction term is averaged over, here and in latents.npz
TERM_SEED = 0  # they are the same for every image, so that two digits' terms compare
MAX_IMAGES = 400
MAX_TEMPERATURE = 5.0
MAX_SEED = 2**32 - 1
METHODS = ("linear", "spherical")


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
    """What a model makes of B images.

    Attributes:
        posterior: q(z|x).
        x_hat: (B, 28, 28) in [0, 1], the decoder's mean at z = mu.
        reconstruction: (B,), -E_q[log p(x|z)], averaged over TERM_SAMPLES epsilons.
        elbo: (B,), -(reconstruction + KL); None for a deterministic encoder.
    """

    posterior: Posterior
    x_hat: Array
    reconstruction: Array
    elbo: Array | None


@dataclass(frozen=True)
class Trace:
    """One image's way through the model at one epsilon, every intermediate result kept.

    Attributes:
        encoder, decoder: what each layer with weights puts out, as (name, values), the values (N,)
            or (C, H, W); the encoder's last is mu beside the raw spread, the decoder's x_logits.
        mu, logvar, std, eps, z: (Z,); logvar is -inf for a deterministic encoder.
        x_hat: (28, 28) in [0, 1], the decoder's mean at z.
        reconstruction: (28, 28), -log p(x_i|z) of each pixel in nats.
        kl: (Z,), nats per latent dimension; None for a deterministic encoder.
    """

    encoder: list[tuple[str, Array]]
    decoder: list[tuple[str, Array]]
    mu: Array
    logvar: Array
    std: Array
    eps: Array
    z: Array
    x_hat: Array
    reconstruction: Array
    kl: Array | None


@dataclass(frozen=True)
class Gradients:
    """A loss's gradient at one image; None is where backpropagation finds no path.

    Attributes:
        mu, logvar: (Z,).
        encoder, decoder: the norm of the gradient with respect to all weights of the network.
    """

    mu: Array | None
    logvar: Array | None
    encoder: float | None
    decoder: float | None


@dataclass(frozen=True)
class SamplingGradients:
    """The gradients of the objective's terms, with the sampling inside and with epsilon outside.

    Attributes:
        sampled: of -log p(x|z) at z drawn from N(mu, sigma^2); None for a deterministic encoder,
            which draws nothing.
        reparameterized: of -log p(x|z) at z = mu + sigma * eps, the same z.
        kl: of the KL term, which needs no z; None for a deterministic encoder.
    """

    sampled: Gradients | None
    reparameterized: Gradients
    kl: Gradients | None


def encode(vae: VAE, x: Array) -> Posterior:
    """q(z|x) of images (B, 28, 28) in [0, 1]."""
    with torch.inference_mode():
        mu, logvar = vae.encode(_images(vae, x))
        kl = kl_per_dimension(mu, logvar)
        deterministic = vae.config.variance_head == "none"
        return Posterior(
            _array(mu), _array(torch.exp(0.5 * logvar)), None if deterministic else _array(kl)
        )


def decode(vae: VAE, z: Array) -> Array:
    """The decoder's mean, (B, 28, 28) in [0, 1], at codes z (B, Z), B <= MAX_IMAGES.

    Raises:
        ValueError: for another shape, numbers that are not finite, or too many codes.
    """
    if len(z) > MAX_IMAGES:
        raise ValueError(f"at most {MAX_IMAGES} codes at once, got {len(z)}")
    with torch.inference_mode():
        codes = torch.tensor(z, dtype=torch.float32, device=_device(vae))
        return _array(vae.decode(codes).sigmoid().squeeze(1))


def reconstruct(vae: VAE, x: Array) -> Reconstruction:
    """Encodes and decodes images (B, 28, 28) in [0, 1], with the objective's terms."""
    posterior = encode(vae, x)
    x_hat = decode(vae, posterior.mu)
    reconstruction = reconstruction_term(vae, x, posterior)
    if posterior.kl is None:
        return Reconstruction(posterior, x_hat, reconstruction, None)
    elbo = -(reconstruction + posterior.kl.sum(axis=1))
    return Reconstruction(posterior, x_hat, reconstruction, elbo)


def reconstruction_term(vae: VAE, x: Array, posterior: Posterior) -> Array:
    """-E_q[log p(x|z)] in nats, (B,), over the same TERM_SAMPLES epsilons for every image.

    A deterministic encoder has one code, so one evaluation is the expectation.
    """
    samples = 1 if posterior.kl is None else TERM_SAMPLES
    generator = torch.Generator().manual_seed(TERM_SEED)
    eps = torch.randn(samples, 1, posterior.mu.shape[1], generator=generator).numpy()
    z = posterior.mu + posterior.std * eps  # (S, B, Z)
    with torch.inference_mode():
        codes = torch.tensor(z.reshape(-1, z.shape[2]), device=_device(vae))
        images = _images(vae, x).repeat(samples, 1, 1, 1)  # (S B, 1, 28, 28)
        log_p = vae.log_likelihood(vae.decode(codes), images)
        return -_array(log_p.view(samples, -1).mean(dim=0))


def posterior_codes(posterior: Posterior, count: int, seed: int) -> Array:
    """Draws z = mu + sigma * eps from q(z|x) of the first image: (count, Z).

    Raises:
        ValueError: for a count or seed out of range.
    """
    check_range("count", count, 1, MAX_IMAGES)
    mu = torch.tensor(posterior.mu[:1]).repeat(count, 1)
    logvar = 2 * torch.tensor(posterior.std[:1]).log().repeat(count, 1)
    return _array(reparameterize(mu, logvar, generator(seed)))


def trace(vae: VAE, x: Array, seed: int) -> Trace:
    """The pass of one image (28, 28) in [0, 1], with the seed's epsilon.

    Raises:
        ValueError: for a seed out of range.
    """
    with torch.inference_mode():
        images = _images(vae, x[None])
        mu, logvar = vae.encode(images)
        eps = torch.randn(mu.shape, generator=generator(seed))
        z = reparameterize(mu, logvar, generator(seed))  # draws the same epsilon
        x_logits = vae.decode(z)
        log_p = log_likelihood_per_pixel(
            x_logits, images, vae.config.likelihood, vae.config.noise_std
        )
        deterministic = vae.config.variance_head == "none"
        return Trace(
            encoder=_activations(vae.encoder, images),
            decoder=_activations(vae.decoder, z),
            mu=_array(mu[0]),
            logvar=_array(logvar[0]),
            std=_array(torch.exp(0.5 * logvar[0])),
            eps=_array(eps[0]),
            z=_array(z[0]),
            x_hat=_array(x_logits.sigmoid()[0, 0]),
            reconstruction=-_array(log_p[0, 0]),
            kl=None if deterministic else _array(kl_per_dimension(mu, logvar)[0]),
        )


def sampling_gradients(vae: VAE, x: Array, seed: int) -> SamplingGradients:
    """Backpropagates to the encoder of one image (28, 28), through a drawn z and around it.

    The model is shared between visitors: gradients are returned, never stored in its parameters.

    Raises:
        ValueError: for a seed out of range.
    """
    images = _images(vae, x[None])
    mu, logvar = vae.encode(images)

    def reconstruction(z: Tensor) -> Gradients:
        loss = -vae.log_likelihood(vae.decode(z), images).sum()
        return _gradients(loss, vae, mu, logvar)

    outside = reconstruction(reparameterize(mu, logvar, generator(seed)))
    if vae.config.variance_head == "none":
        return SamplingGradients(None, outside, None)
    kl = _gradients(kl_per_dimension(mu, logvar).sum(), vae, mu, logvar)
    return SamplingGradients(reconstruction(draw_code(mu, logvar, seed)), outside, kl)


def draw_code(mu: Tensor, logvar: Tensor, seed: int) -> Tensor:
    """z ~ N(mu, sigma^2) as `torch.distributions.Normal(mu, std).sample()` draws it.

    Torch's own takes no generator. The numbers are those of `reparameterize`; their history is not:
    no gradient comes back through a value that was drawn.
    """
    with torch.no_grad():
        std = torch.exp(0.5 * logvar)
        z = torch.normal(mu.cpu(), std.cpu(), generator=generator(seed))
        return z.to(mu.device)


def sample(vae: VAE, count: int, temperature: float, seed: int) -> tuple[Array, Array]:
    """New images: z = T * eps with eps ~ N(0, I), decoded.

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


def draw_pixels(vae: VAE, x_hat: Array, seed: int) -> Array:
    """x ~ p(x|z) around the decoder's means: binary pixels, or grey ones with Gaussian noise.

    Shapes as x_hat; a Gaussian draw is clipped to [0, 1], since a picture holds nothing else.
    """
    means, draws = torch.tensor(x_hat), generator(seed)
    if vae.config.likelihood == "bernoulli":
        return _array(torch.bernoulli(means, generator=draws))
    return _array(torch.normal(means, vae.config.noise_std, generator=draws).clamp(0, 1))


def interpolate(z_a: Array, z_b: Array, steps: int, method: str) -> Array:
    """A path of codes (steps, Z) from z_a to z_b, each (Z,), both ends included.

    "linear" is the straight line. "spherical" turns from one direction to the other at constant
    angular speed (Shoemake, "Animating rotation with quaternion curves", 1985); under a Gaussian
    prior of many dimensions it keeps the norm where the samples are. Codes (nearly) on one line
    through the origin have no unique arc and take the straight line.

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
    """The CPU generator of a visitor's seed."""
    check_range("seed", seed, 0, MAX_SEED)
    return torch.Generator().manual_seed(seed)


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raises ValueError unless low <= value <= high; NaN is never within."""
    if not low <= value <= high:
        raise ValueError(f"{name} must be {low:g} to {high:g}, got {value:g}")


def _activations(network: nn.Module, inputs: Tensor) -> list[tuple[str, Array]]:
    """What each layer of a sequence that has weights of its own puts out for the first input."""
    values, found = inputs, []
    for layer in network.children():
        values = layer(values)
        if isinstance(layer, nn.Linear | nn.Conv2d | Residual):
            found.append((type(layer).__name__, _array(values[0])))
    return found


def _gradients(loss: Tensor, vae: VAE, mu: Tensor, logvar: Tensor) -> Gradients:
    def to(*tensors: Tensor) -> Array | None:
        wanted = [tensor for tensor in tensors if tensor.requires_grad]
        if not wanted:  # the log sigma^2 of a deterministic encoder is a constant
            return None
        found = torch.autograd.grad(loss, wanted, retain_graph=True, allow_unused=True)
        reached = [gradient.flatten() for gradient in found if gradient is not None]
        return _array(torch.cat(reached)) if reached else None

    def norm(gradient: Array | None) -> float | None:
        return None if gradient is None else float(np.linalg.norm(gradient))

    encoder, decoder = to(*vae.encoder.parameters()), to(*vae.decoder.parameters())
    return Gradients(to(mu), to(logvar), norm(encoder), norm(decoder))


def _images(vae: VAE, x: Array) -> Tensor:
    return torch.tensor(x, dtype=torch.float32, device=_device(vae)).unsqueeze(1)


def _device(vae: VAE) -> torch.device:
    return next(vae.parameters()).device


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.float().cpu().numpy()
    return array
