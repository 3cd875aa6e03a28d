"""The precision of a run's layers, chosen by the time of its own training step.

One matrix product is no guide: a CPU with bf16 units may multiply faster in bf16 and lose more time
to the conversions around the products of a small model.
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
BATCH = 256  # images at most: enough for the rates, and seconds for the largest model
HOPELESS = 3.0  # times the other precision's step: emulated, not worth more rounds


def fastest_precision(recipe: Recipe, device: torch.device) -> str:
    """Return "bf16" or "float32", whichever a training step takes less time in.

    A CPU is measured, because one without bf16 units emulates them.
    """
    if device.type != "cpu":
        return "bf16" if device.type == "cuda" else "float32"
    seconds = step_seconds(recipe, device)
    return min(seconds, key=lambda name: seconds[name])


def step_seconds(recipe: Recipe, device: torch.device) -> dict[str, float]:
    """Return the seconds of a forward and a backward pass in each precision, the best of rounds.

    The precisions take turns, so that a busy machine slows both.
    """
    steps = {name: _step(recipe, device, name) for name in PRECISIONS}
    best = {name: _timed(step, device) for name, step in steps.items()}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            if best[name] < HOPELESS * min(best.values()):
                best[name] = min(best[name], _timed(step, device))
    return best


def _step(recipe: Recipe, device: torch.device, precision: str) -> Callable[[], None]:
    """Return a step without its update, which is the same in both precisions."""
    with torch.random.fork_rng(devices=[]):
        vae = VAE(recipe.model).to(device)
    objective = Objective(vae, recipe).train()
    generator = torch.Generator().manual_seed(0)
    batch = min(BATCH, recipe.batch_size)
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
    began = time.perf_counter()
    step()
    synchronize(device)
    return time.perf_counter() - began
