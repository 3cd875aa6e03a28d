"""Augmented images: small distortions that do not depend on the number of processes."""

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.bars import bars
from training.augmentation import augment
from training.noise import Noise

CPU = torch.device("cpu")
COUNT = 24


@pytest.fixture
def images() -> Tensor:
    """Return images of bars, uint8 (COUNT, 1, 28, 28)."""
    return torch.from_numpy(bars(COUNT)).unsqueeze(1)


def noise(rows: slice = slice(None)) -> Noise:
    drawn = Noise(0, COUNT, rows, CPU)
    drawn.reseed(3)
    return drawn


class Center(Noise):
    """Noise that returns the mean of each distribution."""

    def uniform(self, *shape: int) -> Tensor:
        return torch.full((COUNT, *shape), 0.5)

    def normal(self, *shape: int) -> Tensor:
        return torch.zeros(COUNT, *shape)


class StrokeWidth(Center):
    """Noise that returns a given value for the stroke width and the mean of the others."""

    def __init__(self, value: float) -> None:
        super().__init__(0, COUNT, slice(None), CPU)
        self.value = value

    def uniform(self, *shape: int) -> Tensor:
        center = super().uniform(*shape)
        return torch.full_like(center, self.value) if shape == (1, 1, 1) else center


def center_of_mass(images: Tensor) -> Tensor:
    """Return the row and column of each image's center of mass, (B, 2)."""
    mass = images.squeeze(1).double()
    pixels = torch.arange(28, dtype=torch.float64)
    down, across = mass.sum(2) @ pixels, mass.sum(1) @ pixels
    return torch.stack([down, across], dim=1) / mass.sum((1, 2)).unsqueeze(1)


def binarization_entropy(images: Tensor) -> float:
    """Return the entropy of the binarized images in nats per image."""
    p = torch.distributions.Bernoulli(probs=images.double() / 255)
    return float(p.entropy().flatten(1).sum(1).mean())


def test_the_mean_distortion_leaves_an_image_nearly_unchanged(images: Tensor) -> None:
    distorted = augment(images, Center(0, COUNT, slice(None), CPU))
    assert (distorted.float() - images.float()).abs().mean() < 1
    assert torch.equal(distorted > 127, images > 127)


def test_augmentation_blurs_less_than_a_shift_by_half_a_pixel(images: Tensor) -> None:
    shifted = (images.float() + images.float().roll(1, dims=3)) / 2
    assert 0 < binarization_entropy(augment(images, noise())) < binarization_entropy(shifted)


def test_an_augmented_image_differs_but_keeps_its_position_and_brightness(images: Tensor) -> None:
    distorted = augment(images, noise())
    assert distorted.shape == images.shape
    assert distorted.dtype == torch.uint8
    assert (distorted != images).flatten(1).any(dim=1).all()
    assert (center_of_mass(distorted) - center_of_mass(images)).abs().max() < 2
    ratios = distorted.flatten(1).double().sum(1) / images.flatten(1).double().sum(1)
    assert ratios.log().abs().max() < np.log(1.3)


def test_the_stroke_width_changes_strokes_in_place(images: Tensor) -> None:
    thin, medium, thick = (augment(images, StrokeWidth(value)).float() for value in (0.0, 0.5, 1.0))
    assert (thin <= medium).all()
    assert (medium <= thick).all()
    mass = torch.stack([strokes.flatten(1).sum(1) for strokes in (thin, medium, thick)])
    assert (mass.diff(dim=0) > 0).all()


def test_copies_of_an_image_are_augmented_differently(images: Tensor) -> None:
    distorted = augment(images[:1].expand(COUNT, -1, -1, -1), noise())
    assert len(distorted.flatten(1).unique(dim=0)) == COUNT


def test_a_blank_image_remains_blank() -> None:
    blank = torch.zeros(COUNT, 1, 28, 28, dtype=torch.uint8)
    assert not augment(blank, noise()).any()


@pytest.mark.parametrize("size", [2, 3])
def test_augmentation_does_not_depend_on_the_number_of_processes(images: Tensor, size: int) -> None:
    count = COUNT // size
    rows = [slice(rank * count, (rank + 1) * count) for rank in range(size)]
    parts = [augment(images[own], noise(own)) for own in rows]
    assert torch.equal(torch.cat(parts), augment(images, noise()))
