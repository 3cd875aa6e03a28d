"""Initialization of weights from the statistics of the training images."""

import torch
from torch import Tensor, nn

from app.model.vae import VAE


@torch.no_grad()
def set_output_bias(vae: VAE, images: Tensor) -> None:
    """Set the bias of the decoder's last layer to the log-odds of the mean image, in place.

    The decoder then starts at the best prediction that ignores the code, which training would
    otherwise have to learn first.

    Args:
        vae: a model with dense layers; a convolution has no bias for each pixel.
        images: uint8 (N, 1, 28, 28).

    Raises:
        ValueError: the architecture is not "mlp".
    """
    last = [layer for layer in vae.decoder.modules() if isinstance(layer, nn.Linear)][-1]
    if vae.config.architecture != "mlp":
        raise ValueError(f"expected dense networks, mlp, got {vae.config.architecture}")
    # One more image, uniformly gray, keeps pixels that are always black from having log-odds -inf.
    mean = (images.sum(dim=0, dtype=torch.float32) / 255 + 0.5) / (len(images) + 1)
    last.bias.copy_(torch.logit(mean.flatten()))
