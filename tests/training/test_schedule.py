"""Schedules as functions of the step."""

from dataclasses import replace

import pytest

from training.recipes import STUDY
from training.schedule import augment_prob

PER_EPOCH = 10
AUGMENTED = replace(STUDY, epochs=100, cooldown_fraction=0.5, augment_prob=0.8, augment_end=0.2)


@pytest.mark.parametrize(("epoch", "probability"), [(0, 0.8), (50, 0.8), (70, 0.5), (90, 0.2)])
def test_augmentation_falls_in_the_cooldown_to_its_end(epoch: int, probability: float) -> None:
    assert augment_prob(AUGMENTED, epoch * PER_EPOCH, PER_EPOCH) == pytest.approx(probability)


def test_a_run_ends_on_the_original_images_by_default() -> None:
    recipe = replace(AUGMENTED, augment_end=0.0)
    assert augment_prob(recipe, 99 * PER_EPOCH, PER_EPOCH) == 0
