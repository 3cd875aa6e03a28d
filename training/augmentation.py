"""Data augmentation: random shear, rotation, scaling, elastic distortion and stroke width.

It reduces overfitting of the decoder to the training images. Source: Simard, Steinkraus & Platt,
"Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis", 2003.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from training.noise import Noise

MAX_SHEAR = 0.2  # horizontal pixels per vertical pixel
MAX_ANGLE = 0.1  # radians
# Largest |log scale|. The height varies little, because MNIST scales all digits to 20 pixels.
MAX_LOG_WIDTH, MAX_LOG_HEIGHT = 0.1, 0.03
ELASTIC_STD = 0.25  # pixels, standard deviation of the displacement at each grid point
ELASTIC_GRID = 4  # grid points per side
MAX_BRIGHTNESS = 40  # gray levels; with the increased contrast it thickens or thins strokes

# Interpolation adds gray pixels, which are binarized at random: augmented images would be noisier
# than the originals. With supersampling and a steeper contrast the number of gray pixels stays
# nearly the same as in MNIST.
SUPERSAMPLING = 2  # samples per pixel and side
CONTRAST = 1.65  # factor, around MID_GRAY
MID_GRAY = 127.5


def augment(images: Tensor, noise: Noise) -> Tensor:
    """Return the images, each with its own random distortion; uint8 (B, 1, H, W) in and out."""
    count, _, height, width = images.shape
    fine = SUPERSAMPLING * height, SUPERSAMPLING * width
    grid = F.affine_grid(_affine(noise), [count, 1, *fine], align_corners=False)
    # Coordinates of grid_sample are in [-1, 1], so that an image is 2 wide.
    coarse = noise.normal(2, ELASTIC_GRID, ELASTIC_GRID) * (ELASTIC_STD * 2 / width)
    displacement = F.interpolate(coarse, fine, mode="bicubic", align_corners=True)
    grid = grid + displacement.permute(0, 2, 3, 1)
    distorted = F.grid_sample(images.float(), grid, mode="bicubic", align_corners=False)
    brightness = MAX_BRIGHTNESS * noise.uniform(1, 1, 1).mul(2).sub(1)
    sharp = ((distorted + brightness - MID_GRAY) * CONTRAST + MID_GRAY).clamp(0, 255)
    return F.avg_pool2d(sharp, SUPERSAMPLING).round().to(torch.uint8)


def _affine(noise: Noise) -> Tensor:
    """Return random affine maps from output to input coordinates, (B, 2, 3)."""
    shear, angle, width, height = noise.uniform(4).mul(2).sub(1).unbind(dim=1)  # in [-1, 1)
    cos, sin = torch.cos(MAX_ANGLE * angle), torch.sin(MAX_ANGLE * angle)
    rotation = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
    scale_x, scale_y = torch.exp(MAX_LOG_WIDTH * width), torch.exp(MAX_LOG_HEIGHT * height)
    scaling = torch.stack(
        [scale_x, MAX_SHEAR * shear, torch.zeros_like(shear), scale_y], dim=1
    ).view(-1, 2, 2)
    return F.pad(rotation @ scaling, (0, 1))  # no translation
