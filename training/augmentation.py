"""Images slanted, turned, stretched, bent, by another pen: digits that might be written too.

A decoder that meets the same images in every epoch learns them by heart; one that meets others
like them learns less so (Simard, Steinkraus & Platt, "Best Practices for Convolutional Neural
Networks Applied to Visual Document Analysis", 2003).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from training.noise import Noise

SLANT = 0.2  # at most so many pixels sideways for each upwards
TURN = 0.1  # radians at most
WIDER, TALLER = 0.1, 0.03  # logarithms of stretches, at most; all of MNIST's digits are as tall
BEND = 0.25  # pixels, the standard deviation at each of KNOTS x KNOTS places
KNOTS = 4
THICKER = 40  # levels of grey added to a stroke's edge, or taken from it, at most

# Interpolation blurs, and a grey pixel is drawn anew as black or white in every batch: blurred
# images would be a noisier kind of data. So they are distorted finer than they are, given steeper
# edges, and averaged: MNIST's then have hardly more grey pixels than before.
FINER = 2  # places a side for each pixel
STEEPER = 1.65  # times, away from the middle of grey
MIDDLE = 127.5


def augment(images: Tensor, noise: Noise) -> Tensor:
    """uint8 (B, 1, H, W) -> such images, each distorted by draws of its own."""
    count, _, height, width = images.shape
    fine = FINER * height, FINER * width
    grid = F.affine_grid(_affine(noise), [count, 1, *fine], align_corners=False)
    knots = noise.normal(2, KNOTS, KNOTS) * (BEND * 2 / width)  # an image is 2 wide
    bend = F.interpolate(knots, fine, mode="bicubic", align_corners=True)
    grid = grid + bend.permute(0, 2, 3, 1)
    distorted = F.grid_sample(images.float(), grid, mode="bicubic", align_corners=False)
    thicker = THICKER * noise.uniform(1, 1, 1).mul(2).sub(1)
    steep = ((distorted + thicker - MIDDLE) * STEEPER + MIDDLE).clamp(0, 255)
    return F.avg_pool2d(steep, FINER).round().to(torch.uint8)


def _affine(noise: Noise) -> Tensor:
    """Where in the image each place of the distorted one is taken from, (B, 2, 3)."""
    slant, turn, wider, taller = noise.uniform(4).mul(2).sub(1).unbind(dim=1)  # in [-1, 1)
    cos, sin, zero = torch.cos(TURN * turn), torch.sin(TURN * turn), torch.zeros_like(turn)
    turned = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
    stretched = torch.stack(
        [torch.exp(WIDER * wider), SLANT * slant, zero, torch.exp(TALLER * taller)], dim=1
    ).view(-1, 2, 2)
    return F.pad(turned @ stretched, (0, 1))  # the middle stays where it is
