"""Variational autoencoder: configuration, networks, sampling, and the terms of the ELBO.

Independent of training, data sets and the page: tensors in, tensors out.

    q(z|x) = N(mu, diag sigma^2)            VAE.encode
    z = mu + sigma * eps,  eps ~ N(0, I)    reparameterize
    p(x|z)                                  VAE.decode, log_likelihood
    ELBO = E_q[log p(x|z)] - KL(q(z|x) || N(0, I))

All terms are in nats per image: summed over pixels or latent dimensions, never averaged over them.
Source: Kingma & Welling, "Auto-Encoding Variational Bayes", 2014, equations 3, 4 and 10.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin, hf_hub_download
from safetensors.torch import load_model
from torch import Tensor, nn

IMAGE_SIDE = 28
IMAGE_SHAPE = (1, IMAGE_SIDE, IMAGE_SIDE)
PIXELS = IMAGE_SIDE * IMAGE_SIDE

# Each head maps the second half of the encoder's output to log sigma^2. The exponential and
# softplus are positive and smooth everywhere; ReLU and |.| are the lecture's alternatives. No
# constant is added to sigma^2, so that sigma^2 = 0 gives -inf.
VARIANCE_HEADS: dict[str, Callable[[Tensor], Tensor]] = {
    "log": lambda raw: raw,
    "softplus": lambda raw: F.softplus(raw).log(),
    "relu": lambda raw: raw.relu().log(),
    "abs": lambda raw: raw.abs().log(),
    "none": lambda raw: torch.full_like(raw, -math.inf),
}
ARCHITECTURES = ("mlp", "conv")
LIKELIHOODS = ("bernoulli", "gaussian")


@dataclass(frozen=True)
class VAEConfig:
    """The architecture and likelihood of a VAE, as stored in its config.json.

    Attributes:
        latent_dim: length of z.
        architecture: "mlp" (residual, pre-norm) or "conv" (residual at 14x14 and 7x7).
        encoder_width, decoder_width: "mlp": hidden units; "conv": channels at 7x7, half as many at
            14x14.
        encoder_blocks, decoder_blocks: residual blocks; "conv" has so many at each resolution.
        dense_width: hidden units of the dense layers of "conv"; unused by "mlp".
        dropout: dropout rate before the encoder's last layer, in training only.
        likelihood: "bernoulli", or "gaussian" with mean sigmoid(x_logits) and a fixed noise_std.
        noise_std: the Gaussian's sigma; unused by the Bernoulli.
        variance_head: a key of VARIANCE_HEADS; "none" is a deterministic autoencoder.

    Raises:
        ValueError: a field has a wrong type or value.
    """

    latent_dim: int
    architecture: str = "mlp"
    encoder_width: int = 512
    decoder_width: int = 512
    encoder_blocks: int = 2
    decoder_blocks: int = 2
    dense_width: int = 512
    dropout: float = 0.0
    likelihood: str = "bernoulli"
    noise_std: float = 0.1
    variance_head: str = "log"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not field.type:
                raise ValueError(
                    f"config: {field.name} must be {field.type.__name__}, got {value!r}"  # type: ignore[union-attr]
                )
        for name in ("latent_dim", "encoder_width", "decoder_width", "dense_width"):
            if not 1 <= getattr(self, name) <= 65_536:
                raise ValueError(f"config: {name} must be 1 to 65536, got {getattr(self, name)}")
        for name in ("encoder_blocks", "decoder_blocks"):
            if not 0 <= getattr(self, name) <= 256:
                raise ValueError(f"config: {name} must be 0 to 256, got {getattr(self, name)}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"config: dropout must be in [0, 1), got {self.dropout}")
        if not 0 < self.noise_std < math.inf:
            raise ValueError(f"config: noise_std must be positive, got {self.noise_std}")
        choices = (
            ("architecture", ARCHITECTURES),
            ("likelihood", LIKELIHOODS),
            ("variance_head", tuple(VARIANCE_HEADS)),
        )
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"config: {name} must be one of {', '.join(allowed)}, "
                    f"got {getattr(self, name)!r}"
                )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "VAEConfig":
        """Return the config of a parsed config.json.

        Raises:
            ValueError: a key is unknown or invalid, or latent_dim is missing.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"config: unknown keys {', '.join(sorted(unknown))}")
        if "latent_dim" not in values:
            raise ValueError("config: latent_dim is missing")
        return cls(**values)


class VAE(nn.Module, PyTorchModelHubMixin):
    """A variational autoencoder of 28x28 gray images.

    `VAE.from_pretrained(folder_or_hub_id)` reads config.json and model.safetensors and returns the
    model in evaluation mode. Weights stored as float16 are loaded as float32.
    """

    # The annotation must be a union: for a plain dataclass the mixin drops unknown keys.
    def __init__(self, config: VAEConfig | Mapping[str, Any]) -> None:
        super().__init__()
        self.config = config if isinstance(config, VAEConfig) else VAEConfig.from_dict(config)
        build = _mlp if self.config.architecture == "mlp" else _conv
        self.encoder, self.decoder = build(self.config)
        if self.config.architecture == "conv":  # faster convolutions on CPU and GPU
            self.to(memory_format=torch.channels_last)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and logvar of q(z|x), each (B, Z), for images (B, 1, 28, 28) in [0, 1].

        A deterministic encoder (variance_head "none") has logvar = -inf.

        Raises:
            ValueError: x has a wrong shape, dtype or range.
        """
        _check_images(x, self._dtype)
        return self._encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """Return x_logits of p(x|z), (B, 1, 28, 28), for codes (B, Z).

        The mean of p(x|z) is sigmoid(x_logits).

        Raises:
            ValueError: z has a wrong shape or dtype, or is not finite.
        """
        _check_codes(z, self.config.latent_dim, self._dtype)
        x_logits: Tensor = self.decoder(z)
        return x_logits

    def forward(self, x: Tensor, eps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits (B, 1, 28, 28), mu and logvar (B, Z) for x (B, 1, 28, 28), eps (B, Z).

        Used in training. Skips the validation of `encode` and `decode`, because each check would
        synchronize with the GPU.
        """
        mu, logvar = self._encode(x)
        x_logits: Tensor = self.decoder(mu + torch.exp(0.5 * logvar) * eps)
        return x_logits.to(x.dtype), mu, logvar

    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # Cast back after autocast: half precision would round z and the terms of the loss.
        mu, raw = self.encoder(x).to(x.dtype).chunk(2, dim=1)  # (B, 2Z) -> (B, Z), (B, Z)
        logvar = VARIANCE_HEADS[self.config.variance_head](raw)
        return mu, logvar

    def log_likelihood(self, x_logits: Tensor, x: Tensor) -> Tensor:
        """Return log p(x|z) in nats per image, (B,), under this model's likelihood."""
        return log_likelihood(x_logits, x, self.config.likelihood, self.config.noise_std)

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype

    @classmethod
    def _from_pretrained(
        cls,
        *,
        model_id: str,
        config: Mapping[str, Any] | None = None,
        **download: Any,
    ) -> "VAE":
        """Load model.safetensors strictly; the mixin accepts missing tensors and pickle files."""
        if config is None:
            raise FileNotFoundError(
                f"{model_id}: expected a folder or repository with config.json, found none"
            )
        vae = cls(config)
        if Path(model_id).is_dir():
            file = Path(model_id) / "model.safetensors"
        else:
            file = Path(hf_hub_download(model_id, "model.safetensors", **download))
        load_model(vae, file)
        return vae.eval()


def reparameterize(mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return z = mu + sigma * eps, (B, Z), with eps ~ N(0, I): the reparameterization trick.

    The noise is drawn outside the graph, so that gradients reach mu and logvar.

    Args:
        mu: (B, Z).
        logvar: (B, Z); -inf gives sigma = 0 and z = mu.
        generator: the source of eps; a CPU generator gives the same z on every device.
    """
    device = generator.device if generator is not None else mu.device
    std = torch.exp(0.5 * logvar)
    eps = torch.randn(mu.shape, generator=generator, device=device, dtype=mu.dtype)
    return mu + std * eps.to(mu.device)


def log_prior(z: Tensor) -> Tensor:
    """Return log p(z) = log N(z; 0, I) of codes (B, Z) in nats, (B,)."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(dim=1)


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """Return KL(N(mu, sigma^2) || N(0, 1)) of each latent dimension in nats, (B, Z).

    It is infinite where sigma = 0, because a point mass is not absolutely continuous with respect
    to the prior.
    """
    return 0.5 * (mu.square() + logvar.exp() - 1.0 - logvar)


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """Return KL(q(z|x) || N(0, I)) in nats per image, (B,): the sum over the latent dimensions."""
    return kl_per_dimension(mu, logvar).sum(dim=1)


def log_likelihood_per_pixel(
    x_logits: Tensor, x: Tensor, likelihood: str, noise_std: float
) -> Tensor:
    """Return log p(x_i|z) of each pixel in nats, (B, 1, 28, 28).

    "bernoulli": minus the binary cross-entropy. For gray x it is the mean over binarizations of x,
    x_i ~ Bernoulli(gray level), and not the log of a normalized density of gray levels
    (Loaiza-Ganem & Cunningham, "The Continuous Bernoulli", 2019).
    "gaussian": log N(x_i; sigmoid(x_logits_i), noise_std^2), including the normalization constant.

    Args:
        x_logits: (B, 1, 28, 28), from `VAE.decode`.
        x: (B, 1, 28, 28) in [0, 1].
        likelihood: "bernoulli" or "gaussian".
        noise_std: sigma of the Gaussian; unused by the Bernoulli.

    Raises:
        ValueError: the shapes differ, or the likelihood is unknown.
    """
    if x_logits.shape != x.shape:
        raise ValueError(f"x must be {tuple(x_logits.shape)} like x_logits, got {tuple(x.shape)}")
    if likelihood == "bernoulli":
        per_pixel = -F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    elif likelihood == "gaussian":
        error = (x - x_logits.sigmoid()) / noise_std
        per_pixel = -0.5 * error.square() - math.log(noise_std) - 0.5 * math.log(2 * math.pi)
    else:
        raise ValueError(f"likelihood must be one of {', '.join(LIKELIHOODS)}, got {likelihood!r}")
    return per_pixel


def log_likelihood(
    x_logits: Tensor, x: Tensor, likelihood: str = "bernoulli", noise_std: float = 1.0
) -> Tensor:
    """Return log p(x|z) in nats per image, (B,): the sum over the pixels."""
    per_pixel = log_likelihood_per_pixel(x_logits, x, likelihood, noise_std)
    return per_pixel.flatten(1).sum(dim=1)


class Residual(nn.Module):
    """Residual connection x + f(x), f being a sequence of layers."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.layers(x)
        return y


class FullPrecisionLinear(nn.Linear):
    """Linear layer for which autocast is disabled.

    It is the decoder's first layer: bf16 has eight significant bits and would round the code z.
    """

    def forward(self, z: Tensor) -> Tensor:
        with torch.autocast(z.device.type, enabled=False):
            return super().forward(z)


def _trunk(
    inputs: int, width: int, blocks: int, first: type[nn.Linear] = nn.Linear
) -> list[nn.Module]:
    """Return the layers of a residual MLP without its last layer; blocks are pre-norm."""
    residual = [
        Residual(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, width)) for _ in range(blocks)
    ]
    return [first(inputs, width), *residual, nn.LayerNorm(width), nn.SiLU()]


def _mlp(config: VAEConfig) -> tuple[nn.Module, nn.Module]:
    """Return encoder and decoder as residual MLPs."""
    encoder = nn.Sequential(
        nn.Flatten(),
        *_trunk(PIXELS, config.encoder_width, config.encoder_blocks),
        nn.Dropout(config.dropout),
        nn.Linear(config.encoder_width, 2 * config.latent_dim),
    )
    decoder = nn.Sequential(
        *_trunk(
            config.latent_dim, config.decoder_width, config.decoder_blocks, FullPrecisionLinear
        ),
        nn.Linear(config.decoder_width, PIXELS),
        nn.Unflatten(1, IMAGE_SHAPE),
    )
    return encoder, decoder


def _conv(config: VAEConfig) -> tuple[nn.Module, nn.Module]:
    """Return encoder and decoder: residual convolutions at 14x14 and 7x7, dense layers near z.

    The convolutions have no normalization: without batch statistics, training and evaluation
    compute the same function. Instead, the last convolution of each block is initialized to zero,
    so that every block starts as the identity (Zhang et al., "Fixup Initialization", 2019).
    """

    def block(channels: int) -> nn.Module:
        last = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(last.weight)
        first = nn.Conv2d(channels, channels, 3, padding=1)
        return Residual(nn.SiLU(), first, nn.SiLU(), last)

    def blocks(channels: int, count: int) -> list[nn.Module]:
        return [block(channels) for _ in range(count)]

    wide, count, dense = config.encoder_width, config.encoder_blocks, config.dense_width
    encoder = nn.Sequential(
        nn.PixelUnshuffle(2),  # (B, 4, 14, 14)
        nn.Conv2d(4, wide // 2, 3, padding=1),
        *blocks(wide // 2, count),
        nn.PixelUnshuffle(2),  # (B, 2 wide, 7, 7)
        nn.Conv2d(2 * wide, wide, 1),
        *blocks(wide, count),
        nn.SiLU(),
        nn.Flatten(),
        *_trunk(49 * wide, dense, blocks=0),
        nn.Dropout(config.dropout),
        nn.Linear(dense, 2 * config.latent_dim),
    )
    wide, count = config.decoder_width, config.decoder_blocks
    decoder = nn.Sequential(
        *_trunk(config.latent_dim, dense, 1, FullPrecisionLinear),
        nn.Linear(dense, 49 * wide),
        nn.Unflatten(1, (wide, 7, 7)),
        *blocks(wide, count),
        nn.Conv2d(wide, 2 * wide, 1),
        nn.PixelShuffle(2),  # (B, wide / 2, 14, 14)
        *blocks(wide // 2, count),
        nn.SiLU(),
        nn.Conv2d(wide // 2, 4, 3, padding=1),
        nn.PixelShuffle(2),  # (B, 1, 28, 28)
    )
    return encoder, decoder


def _check_images(x: Tensor, dtype: torch.dtype) -> None:
    if x.ndim != 4 or tuple(x.shape[1:]) != IMAGE_SHAPE:
        raise ValueError(f"x must be (B, 1, 28, 28), got {tuple(x.shape)}")
    if x.dtype != dtype:
        raise ValueError(f"x must be {dtype}, got {x.dtype}")
    low, high = x.aminmax() if x.numel() else (x.new_tensor(0.0), x.new_tensor(0.0))
    if not (low >= 0 and high <= 1):  # also false for NaN
        raise ValueError(f"x must be in [0, 1], got {low:.4g} to {high:.4g}")


def _check_codes(z: Tensor, latent_dim: int, dtype: torch.dtype) -> None:
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise ValueError(f"z must be (B, {latent_dim}), got {tuple(z.shape)}")
    if z.dtype != dtype:
        raise ValueError(f"z must be {dtype}, got {z.dtype}")
    if not z.isfinite().all():
        raise ValueError("z must be finite, got NaN or infinity")
