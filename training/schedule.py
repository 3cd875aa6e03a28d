"""What changes with the step of a run: pure functions of a recipe and a step."""

import math

import numpy as np

from training.recipes import Recipe

UNDISTORTED = 0.8  # of the learning rate's decay; from there on the images are as they are


def ramp(step: int, length: float) -> float:
    """Linear warm-up: from just above 0 at step 0 to 1 at `length` steps and after."""
    return min(1.0, (step + 1) / length) if length > 0 else 1.0


def learning_rate(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Linear warm-up, the peak, then a cosine down to zero over the recipe's decay.

    While the rate stays at its peak the length of the run is still open (Hägele et al., "Scaling
    Laws and Compute-Optimal Training Beyond Fixed Training Durations", 2024).
    """
    cosine = 0.5 * (1 + math.cos(math.pi * _falling(recipe, step, per_epoch)))
    return recipe.learning_rate * cosine * ramp(step, recipe.warmup_epochs * per_epoch)


def kl_weight(recipe: Recipe, step: int, per_epoch: int) -> float:
    """lambda at a step: a linear warm-up to the recipe's weight."""
    return recipe.kl_weight * ramp(step, recipe.kl_warmup_epochs * per_epoch)


def augmented_share(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Of a step's images: the recipe's, then a linear fall to none at UNDISTORTED of the decay."""
    return recipe.augment_prob * max(0.0, 1 - _falling(recipe, step, per_epoch) / UNDISTORTED)


def _falling(recipe: Recipe, step: int, per_epoch: int) -> float:
    """How much of the learning rate's decay is over, 0 to 1."""
    done = step / (recipe.epochs * per_epoch)
    return max(0.0, done - (1 - recipe.cooldown_fraction)) / recipe.cooldown_fraction


def snapshot_steps(total: int, count: int) -> list[int]:
    """At most `count` distinct steps, logarithmically spaced from 1 to `total`."""
    return sorted({round(step) for step in np.geomspace(1, max(total, 1), count)})
