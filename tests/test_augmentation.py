"""Distorted training images: still digits, and the same ones however many processes draw them."""

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
    """Bars, uint8 (COUNT, 1, 28, 28)."""
    return torch.from_numpy(bars(COUNT)).unsqueeze(1)


def noise(rows: slice = slice(None)) -> Noise:
    drawn = Noise(0, COUNT, rows, CPU)
    drawn.begin(3)
    return drawn


class Middle(Noise):
    """Draws nothing but the middle of each distribution."""

    def uniform(self, *shape: int) -> Tensor:
        return torch.full((COUNT, *shape), 0.5)

    def normal(self, *shape: int) -> Tensor:
        return torch.zeros(COUNT, *shape)


class Pen(Middle):
    """Draws the middle of each distribution, but an end of the pen's."""

    def __init__(self, end: float) -> None:
        super().__init__(0, COUNT, slice(None), CPU)
        self.end = end

    def uniform(self, *shape: int) -> Tensor:
        middle = super().uniform(*shape)
        return torch.full_like(middle, self.end) if shape == (1, 1, 1) else middle


def centre(images: Tensor) -> Tensor:
    """Of each image's ink, in pixels, (B, 2)."""
    ink = images.squeeze(1).double()
    places = torch.arange(28, dtype=torch.float64)
    down, across = ink.sum(2) @ places, ink.sum(1) @ places
    return torch.stack([down, across], dim=1) / ink.sum((1, 2)).unsqueeze(1)


def greyness(images: Tensor) -> float:
    """Entropy of a pixel that is drawn by its grey level, in nats per image."""
    p = torch.distributions.Bernoulli(probs=images.double() / 255)
    return float(p.entropy().flatten(1).sum(1).mean())


def test_the_middle_of_all_distortions_is_hardly_any(images: Tensor) -> None:
    distorted = augment(images, Middle(0, COUNT, slice(None), CPU))
    assert (distorted.float() - images.float()).abs().mean() < 1
    assert torch.equal(distorted > 127, images > 127)


def test_distortion_blurs_less_than_a_shift_by_half_a_pixel(images: Tensor) -> None:
    shifted = (images.float() + images.float().roll(1, dims=3)) / 2
    assert 0 < greyness(augment(images, noise())) < greyness(shifted)


def test_each_image_is_another_but_stays_where_it_is_and_as_heavy(images: Tensor) -> None:
    distorted = augment(images, noise())
    assert distorted.shape == images.shape
    assert distorted.dtype == torch.uint8
    assert (distorted != images).flatten(1).any(dim=1).all()
    assert (centre(distorted) - centre(images)).abs().max() < 2
    weights = distorted.flatten(1).double().sum(1) / images.flatten(1).double().sum(1)
    assert weights.log().abs().max() < np.log(1.3)


def test_a_pen_makes_strokes_thicker_or_thinner_where_they_are(images: Tensor) -> None:
    thin, as_it_is, thick = (augment(images, Pen(end)).float() for end in (0.0, 0.5, 1.0))
    assert (thin <= as_it_is).all()
    assert (as_it_is <= thick).all()
    ink = torch.stack([strokes.flatten(1).sum(1) for strokes in (thin, as_it_is, thick)])
    assert (ink.diff(dim=0) > 0).all()


def test_images_that_were_alike_are_not_any_more(images: Tensor) -> None:
    distorted = augment(images[:1].expand(COUNT, -1, -1, -1), noise())
    assert len(distorted.flatten(1).unique(dim=0)) == COUNT


def test_paper_without_ink_stays_so() -> None:
    blank = torch.zeros(COUNT, 1, 28, 28, dtype=torch.uint8)
    assert not augment(blank, noise()).any()


@pytest.mark.parametrize("size", [2, 3])
def test_a_share_of_the_batch_is_distorted_as_in_the_whole(images: Tensor, size: int) -> None:
    share = COUNT // size
    rows = [slice(rank * share, (rank + 1) * share) for rank in range(size)]
    parts = [augment(images[own], noise(own)) for own in rows]
    assert torch.equal(torch.cat(parts), augment(images, noise()))
