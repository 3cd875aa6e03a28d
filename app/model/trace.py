"""Forward pass of one image with every intermediate result, and the gradients of the loss.

For the tab "How it works". Arrays in, arrays out. Visitors share the model, so nothing is stored in
it. Noise comes from an explicit seed, as in app.model.inference.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from app.model.inference import Array, generator, to_array, to_images
from app.model.vae import (
    VAE,
    Residual,
    kl_per_dimension,
    log_likelihood_per_pixel,
    reparameterize,
)

# validate_args=False: sigma may be 0 with the variance head ReLU(a).
Normal: Callable[..., Any] = partial(torch.distributions.Normal, validate_args=False)
_GLOBAL_GENERATOR_LOCK = Lock()


@dataclass(frozen=True)
class Trace:
    """The intermediate results of one image's forward pass at one epsilon.

    Attributes:
        encoder, decoder: (name, output) of each linear, convolutional or residual layer, the output
            (N,) or (C, H, W). The encoder's last output is (2Z,): mu, then the input of the
            variance head. The decoder's last is x_logits.
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
    """The gradients of a loss at one image; None where the graph has no path to the tensor.

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
    """The gradients of the terms of the loss, with and without the reparameterization trick.

    Attributes:
        sampled: gradients of -log p(x|z) at z sampled from N(mu, sigma^2) without
            reparameterization; None for a deterministic encoder.
        reparameterized: gradients of -log p(x|z) at the same z = mu + sigma * eps.
        kl: gradients of the KL term; None for a deterministic encoder.
    """

    sampled: Gradients | None
    reparameterized: Gradients
    kl: Gradients | None


def trace(vae: VAE, x: Array, seed: int) -> Trace:
    """Return the trace of one image (28, 28) in [0, 1], with the epsilon of the seed.

    Raises:
        ValueError: the seed is out of range.
    """
    with torch.inference_mode():
        images = to_images(vae, x[None])
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
            mu=to_array(mu[0]),
            logvar=to_array(logvar[0]),
            std=to_array(torch.exp(0.5 * logvar[0])),
            eps=to_array(eps[0]),
            z=to_array(z[0]),
            x_hat=to_array(x_logits.sigmoid()[0, 0]),
            reconstruction=-to_array(log_p[0, 0]),
            kl=None if deterministic else to_array(kl_per_dimension(mu, logvar)[0]),
        )


def sampling_gradients(vae: VAE, x: Array, seed: int) -> SamplingGradients:
    """Return the gradients at one image (28, 28) in [0, 1], for a sampled and a reparameterized z.

    Raises:
        ValueError: the seed is out of range.
    """
    images = to_images(vae, x[None])
    mu, logvar = vae.encode(images)

    def reconstruction(z: Tensor) -> Gradients:
        loss = -vae.log_likelihood(vae.decode(z), images).sum()
        return _gradients(loss, vae, mu, logvar)

    if vae.config.variance_head == "none":
        return SamplingGradients(None, reconstruction(mu), None)
    sampled, reparameterized = sample_twice(mu, torch.exp(0.5 * logvar), seed)
    kl = _gradients(kl_per_dimension(mu, logvar).sum(), vae, mu, logvar)
    return SamplingGradients(reconstruction(sampled), reconstruction(reparameterized), kl)


def sample_twice(mu: Tensor, std: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Return the same z ~ N(mu, std^2), (B, Z), without and with a gradient to mu and std.

    Both are sampled on the CPU, so that they equal `reparameterize` with the same seed.
    """
    device = mu.device
    mu, std = mu.cpu(), std.cpu()
    with _global_seed(seed):
        sampled = Normal(mu, std).sample()
    with _global_seed(seed):
        reparameterized = Normal(mu, std).rsample()
    return sampled.to(device), reparameterized.to(device)


@contextmanager
def _global_seed(seed: int) -> Iterator[None]:
    """Seed PyTorch's global CPU generator temporarily: torch.distributions takes no generator."""
    wanted = generator(seed)
    with _GLOBAL_GENERATOR_LOCK:
        before = torch.get_rng_state()
        torch.set_rng_state(wanted.get_state())
        try:
            yield
        finally:
            torch.set_rng_state(before)


def _activations(network: nn.Module, inputs: Tensor) -> list[tuple[str, Array]]:
    """Return (name, output) of each linear, convolutional or residual layer for the first input."""
    values, found = inputs, []
    for layer in network.children():
        values = layer(values)
        kinds = [kind for kind in (nn.Linear, nn.Conv2d, Residual) if isinstance(layer, kind)]
        found += [(kind.__name__, to_array(values[0])) for kind in kinds]
    return found


def _gradients(loss: Tensor, vae: VAE, mu: Tensor, logvar: Tensor) -> Gradients:
    def grad(*tensors: Tensor) -> Array | None:
        inputs = [tensor for tensor in tensors if tensor.requires_grad]
        if not inputs:  # the log sigma^2 of a deterministic encoder is a constant
            return None
        found = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True)
        present = [gradient.flatten() for gradient in found if gradient is not None]
        return to_array(torch.cat(present)) if present else None

    def norm(gradient: Array | None) -> float | None:
        return None if gradient is None else float(np.linalg.norm(gradient))

    encoder, decoder = grad(*vae.encoder.parameters()), grad(*vae.decoder.parameters())
    return Gradients(grad(mu), grad(logvar), norm(encoder), norm(decoder))
