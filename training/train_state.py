"""The state of a training run: initialize it, save it in a checkpoint and resume from one."""

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
from training.recipes import Recipe, complete

CHECKPOINT = "checkpoint.safetensors"  # file name in the run directory


@dataclass
class TrainState:
    """State of a training run, stored in each checkpoint.

    Attributes:
        name: the recipe's name.
        recipe: settings of the run.
        vae: the trained model.
        averaged: moving average of the weights, which is evaluated and shipped.
        optimizer: AdamW on the parameters of `vae`.
        precision: a key of `training.device.DTYPES`.
        sums: (C,), sums of the columns of the log over the steps of this epoch.
        step: number of finished steps.
        first_loss: absolute loss of the first check; None before it.
        epoch_seconds: time spent in this epoch.
        epochs: one record for each finished epoch.
        images: number of training images.
        data: SHA-256 of the training images; empty if not known.
        held_out: number of validation images.
        processes: number of processes that share a batch.
    """

    name: str
    recipe: Recipe
    vae: VAE
    averaged: VAE
    optimizer: torch.optim.Optimizer
    precision: str
    sums: Tensor
    step: int = 0
    first_loss: float | None = None
    epoch_seconds: float = 0.0
    epochs: list[dict[str, Any]] = field(default_factory=list)
    images: int = 0
    data: str = ""
    held_out: int = 0
    processes: int = 1

    @property
    def setup(self) -> dict[str, Any]:
        """Return the first line of the log: settings, hardware and versions."""
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


def start(name: str, recipe: Recipe, device: torch.device, precision: str) -> TrainState:
    """Return a new state at step 0, with weights initialized from the recipe's seed."""
    torch.manual_seed(noise_seed(recipe.seed, 0, "weights"))
    vae = VAE(recipe.model).to(device, DTYPES[precision])
    optimizer = torch.optim.AdamW(
        vae.parameters(),
        lr=recipe.learning_rate,
        betas=(0.9, recipe.beta2),
        weight_decay=recipe.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )
    sums = torch.zeros(0, device=device)
    return TrainState(name, recipe, vae, copy.deepcopy(vae), optimizer, precision, sums)


def resume(checkpoint: bytes, name: str, recipe: Recipe, device: torch.device) -> TrainState:
    """Return the state in a checkpoint, and set PyTorch's thread count to the checkpoint's.

    The number of epochs may differ from the checkpoint's before the cooldown.

    Args:
        checkpoint: content of a file that `save_state` wrote.
        name: the recipe's name.
        recipe: the recipe's settings.
        device: device on which to continue.

    Raises:
        ValueError: the checkpoint was written with other settings.
    """
    tensors, saved = load_checkpoint(checkpoint)
    ours, theirs = asdict(recipe), complete(saved["recipe"])
    changed = sorted(key for key in ours if ours[key] != theirs[key])
    shorter = min(ours["epochs"], theirs["epochs"])
    if changed == ["epochs"] and len(saved["epochs"]) < (1 - recipe.cooldown_fraction) * shorter:
        changed = []
    if changed:
        raise ValueError(f"the checkpoint is of a run with other settings: {', '.join(changed)}")
    # The number of threads changes the order of sums: bit-exact results need the same number.
    torch.set_num_threads(saved["threads"])
    state = start(name, recipe, device, saved["precision"])
    for prefix, module in (("vae.", state.vae), ("averaged.", state.averaged)):
        own = {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
        module.load_state_dict(own)
    restore_optimizer(state.optimizer, tensors)
    state.sums = tensors["sums"].to(device)
    for name in ("step", "first_loss", "epoch_seconds", "epochs", "images"):
        setattr(state, name, saved[name])
    state.data = saved.get("data", "")  # absent from checkpoints of earlier versions
    return state


def save_state(state: TrainState, run_dir: Path) -> None:
    """Write the checkpoint of a state between two steps."""
    tensors = {f"vae.{name}": value for name, value in state.vae.state_dict().items()}
    tensors |= {f"averaged.{name}": value for name, value in state.averaged.state_dict().items()}
    tensors |= flatten_optimizer(state.optimizer) | {"sums": state.sums}
    metadata = {
        "recipe": asdict(state.recipe),
        "precision": state.precision,
        "threads": torch.get_num_threads(),
        "step": state.step,
        "first_loss": state.first_loss,
        "epoch_seconds": state.epoch_seconds,
        "epochs": state.epochs,
        "images": state.images,
        "data": state.data,
    }
    save_checkpoint(run_dir / CHECKPOINT, tensors, metadata)


def write_log(state: TrainState, run_dir: Path) -> bytes:
    """Write training.jsonl, with the setup and then one line per epoch, and return its content."""
    content = "".join(json.dumps(record) + "\n" for record in [state.setup, *state.epochs]).encode()
    write_atomically(run_dir / "training.jsonl", content)
    return content


@torch.no_grad()
def update_average(averaged: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Update the moving average of the weights in place.

    The decay grows to `decay` over the first steps, because with a constant decay the random
    initial weights would dominate short runs. `step` is counted on the host, because reading a
    counter from a GPU would synchronize with it in every step.

    It is the exponential variant of the averaging of Polyak & Juditsky, "Acceleration of Stochastic
    Approximation by Averaging", 1992.
    """
    weight = 1 - min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(averaged.parameters()), list(model.parameters()), weight)
