"""The state of a training run: what a checkpoint holds, how it begins and how it comes back."""

import copy
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from app.model.vae import VAE
from training.checkpoint import (
    flatten_optimizer,
    load_checkpoint,
    restore_optimizer,
    save_checkpoint,
    write_atomically,
)
from training.device import DTYPES, device_name
from training.noise import noise_seed
from training.recipes import Recipe

CHECKPOINT = "checkpoint.safetensors"  # in a run's folder


@dataclass
class Run:
    """A training run: everything that a checkpoint holds."""

    name: str
    recipe: Recipe
    vae: VAE
    averaged: VAE  # moving average of the weights: what is evaluated and shipped
    optimizer: torch.optim.Optimizer
    precision: str
    sums: Tensor  # over this epoch's steps; the loop says of what
    step: int = 0
    first_loss: float | None = None
    epoch_seconds: float = 0.0
    epochs: list[dict[str, Any]] = field(default_factory=list)
    images: int = 0
    data: str = ""  # fingerprint of the images that it learns from
    held_out: int = 0
    processes: int = 1

    @property
    def setup(self) -> dict[str, Any]:
        """The first line of the log: what the run's figures came from."""
        return {
            "name": self.name,
            "recipe": asdict(self.recipe),
            "images": self.images,
            "held_out": self.held_out,
            "parameters": sum(parameter.numel() for parameter in self.vae.parameters()),
            "machine": device_name(self.sums.device),
            "processes": self.processes,
            "threads": torch.get_num_threads(),
            "precision": self.precision,
            "torch": torch.__version__,
        }


def start(name: str, recipe: Recipe, device: torch.device, precision: str) -> Run:
    """Create a run at step 0, with random weights from the recipe's seed."""
    torch.manual_seed(noise_seed(recipe.seed, 0, "weights"))
    vae = VAE(recipe.model).to(device, DTYPES[precision])
    optimizer = torch.optim.AdamW(
        vae.parameters(),
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )
    sums = torch.zeros(0, device=device)
    return Run(name, recipe, vae, copy.deepcopy(vae), optimizer, precision, sums)


def resume(checkpoint: bytes, name: str, recipe: Recipe, device: torch.device) -> Run:
    """The run as its checkpoint left it, with the checkpoint's precision and thread count.

    Until the learning rate falls, a run may be given another length.

    Raises:
        ValueError: the checkpoint is of another recipe.
    """
    tensors, state = load_checkpoint(checkpoint)
    ours, theirs = asdict(recipe), state["recipe"]
    changed = sorted(key for key in ours if ours[key] != theirs.get(key))
    shorter = min(ours["epochs"], theirs["epochs"])
    if changed == ["epochs"] and len(state["epochs"]) < (1 - recipe.cooldown_fraction) * shorter:
        changed = []
    if changed:
        raise ValueError(f"the checkpoint is of a run with other settings: {', '.join(changed)}")
    torch.set_num_threads(state["threads"])
    run = start(name, recipe, device, state["precision"])
    for prefix, module in (("vae.", run.vae), ("averaged.", run.averaged)):
        own = {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
        module.load_state_dict(own)
    restore_optimizer(run.optimizer, tensors)
    run.sums = tensors["sums"].to(device)
    for name in ("step", "first_loss", "epoch_seconds", "epochs", "images"):
        setattr(run, name, state[name])
    run.data = state.get("data", "")  # earlier checkpoints have none
    return run


def save_run(run: Run, run_dir: Path) -> None:
    """Writes the checkpoint of a run between two steps."""
    tensors = {f"vae.{name}": value for name, value in run.vae.state_dict().items()}
    tensors |= {f"averaged.{name}": value for name, value in run.averaged.state_dict().items()}
    tensors |= flatten_optimizer(run.optimizer) | {"sums": run.sums}
    state = {
        "recipe": asdict(run.recipe),
        "precision": run.precision,
        "threads": torch.get_num_threads(),
        "step": run.step,
        "first_loss": run.first_loss,
        "epoch_seconds": run.epoch_seconds,
        "epochs": run.epochs,
        "images": run.images,
        "data": run.data,
    }
    save_checkpoint(run_dir / CHECKPOINT, tensors, state)


def write_log(run: Run, run_dir: Path) -> bytes:
    """Writes training.jsonl, how the run was set up and then one line per epoch; returns it."""
    content = "".join(json.dumps(record) + "\n" for record in [run.setup, *run.epochs]).encode()
    write_atomically(run_dir / "training.jsonl", content)
    return content


@torch.no_grad()
def update_average(averaged: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Move the averaged weights towards the model's, in place.

    The decay grows to `decay` over the first steps: with a constant decay the random initial
    weights would dominate short runs. The step is counted on the host: a counter on the device
    would make every step wait for it.

    Source: Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
    """
    weight = 1 - min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(averaged.parameters()), list(model.parameters()), weight)
