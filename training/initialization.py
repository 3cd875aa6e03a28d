"""The start of a run from the statistics of its data."""

import torch
from torch import Tensor, nn

from app.model.vae import VAE


@torch.no_grad()
def set_output_bias(vae: VAE, images: Tensor) -> None:
    """Set the bias of the decoder's last layer to the log-odds of the mean image, in place.

    The decoder then begins at the best image without a code, and spends no steps on it.

    Args:
        vae: of dense layers; a convolution has no bias for each pixel.
        images: uint8 (N, 1, 28, 28).

    Raises:
        ValueError: the networks are not dense.
    """
    last = [layer for layer in vae.decoder.modules() if isinstance(layer, nn.Linear)][-1]
    if vae.config.architecture != "mlp":
        raise ValueError(f"expected dense networks, mlp, got {vae.config.architecture}")
    # One more image, uniformly gray, keeps pixels that are always black from having log-odds -inf.
    mean = (images.sum(dim=0, dtype=torch.float32) / 255 + 0.5) / (len(images) + 1)
    last.bias.copy_(torch.logit(mean.flatten()))
