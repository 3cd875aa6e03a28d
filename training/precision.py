"""Choice of the precision of a run's layers by timing its training step.

Timing a single matrix product is not enough: a CPU with bf16 units can multiply faster in bf16 and
still lose more time to the conversions around the products of a small model.
"""

import time
from collections.abc import Callable

import torch

from app.model.vae import VAE
from training.device import autocast, synchronize
from training.objective import Objective
from training.recipes import Recipe

PRECISIONS = ("float32", "bf16")
ROUNDS = 3
MAX_BATCH = 256  # images; timing the largest model then takes seconds
SKIP_RATIO = 3.0  # a precision slower by this factor is emulated and not timed again


def fastest_precision(recipe: Recipe, device: torch.device) -> str:
    """Return the precision with the faster training step, "bf16" or "float32".

    On a CPU both are timed, because a CPU without bf16 units emulates them.
    """
    if device.type != "cpu":
        return "bf16" if device.type == "cuda" else "float32"
    seconds = step_seconds(recipe, device)
    return min(seconds, key=lambda name: seconds[name])


def step_seconds(recipe: Recipe, device: torch.device) -> dict[str, float]:
    """Return the minimum time in seconds of a forward and a backward pass in each precision.

    The precisions alternate, so that other load on the machine slows both.
    """
    steps = {name: _step(recipe, device, name) for name in PRECISIONS}
    best = {name: _timed(step, device) for name, step in steps.items()}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            if best[name] < SKIP_RATIO * min(best.values()):
                best[name] = min(best[name], _timed(step, device))
    return best


def _step(recipe: Recipe, device: torch.device, precision: str) -> Callable[[], None]:
    """Return a step without the optimizer's update, whose time does not depend on the precision."""
    with torch.random.fork_rng(devices=[]):
        vae = VAE(recipe.model).to(device)
    objective = Objective(vae, recipe).train()
    generator = torch.Generator().manual_seed(0)
    batch = min(MAX_BATCH, recipe.batch_size)
    x = torch.rand(batch, 1, 28, 28, generator=generator).to(device)
    eps = torch.randn(batch, recipe.model.latent_dim, generator=generator).to(device)

    def step() -> None:
        with autocast(precision, device):
            terms = objective(x, x, eps, recipe.kl_weight)
        objective.zero_grad()
        terms["loss"].backward()

    return step


def _timed(step: Callable[[], None], device: torch.device) -> float:
    synchronize(device)
    start = time.perf_counter()
    step()
    synchronize(device)
    return time.perf_counter() - start
