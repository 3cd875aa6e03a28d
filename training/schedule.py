"""Schedules: learning rate, KL weight, augmentation and snapshots as functions of the step."""

import math

import numpy as np

from training.recipes import Recipe

AUGMENTATION_END = 0.8  # fraction of the cooldown after which images are no longer augmented


def ramp(step: int, length: float) -> float:
    """Return the factor of a linear warm-up: 1 / length at step 0, 1 after `length` steps."""
    return min(1.0, (step + 1) / length) if length > 0 else 1.0


def learning_rate(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Return the learning rate: linear warm-up, constant, then the recipe's cooldown to zero.

    The number of epochs can still be changed before the cooldown. Source: Hägele et al., "Scaling
    Laws and Compute-Optimal Training Beyond Fixed Training Durations", 2024.
    """
    progress = _cooldown_progress(recipe, step, per_epoch)
    linear = recipe.cooldown == "linear"
    left = 1 - progress if linear else 0.5 * (1 + math.cos(math.pi * progress))
    return recipe.learning_rate * left * ramp(step, recipe.warmup_epochs * per_epoch)


def kl_weight(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Return lambda, the weight of the KL term, after a linear warm-up."""
    return recipe.kl_weight * ramp(step, recipe.kl_warmup_epochs * per_epoch)


def augment_prob(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Return the probability that an image is augmented.

    It is constant until the cooldown and falls linearly to 0 at AUGMENTATION_END of the cooldown.
    """
    return recipe.augment_prob * max(
        0.0, 1 - _cooldown_progress(recipe, step, per_epoch) / AUGMENTATION_END
    )


def _cooldown_progress(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Return the fraction of the cooldown that is over, from 0 to 1."""
    done = step / (recipe.epochs * per_epoch)
    return max(0.0, done - (1 - recipe.cooldown_fraction)) / recipe.cooldown_fraction


def snapshot_steps(total: int, count: int) -> list[int]:
    """Return up to `count` distinct steps, spaced logarithmically from 1 to `total`."""
    return sorted({round(step) for step in np.geomspace(1, max(total, 1), count)})
