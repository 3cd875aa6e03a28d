"""The state of a training run: what a checkpoint holds, how it begins and how it comes back."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from app.vae import VAE
from training.checkpoint import (
    fingerprint,
    flatten_optimizer,
    load_checkpoint,
    restore_optimizer,
    save_checkpoint,
    write_atomically,
)
from training.device import DTYPES, machine
from training.noise import noise_seed
from training.recipes import Recipe

CHECKPOINT = "checkpoint.safetensors"  # in a run's folder


@dataclass
class Run:
    """A training run: everything that a checkpoint holds."""

    name: str
    recipe: Recipe
    vae: VAE
    ema: AveragedModel
    optimizer: torch.optim.Optimizer
    precision: str
    sums: Tensor  # over this epoch's steps; the loop says of what
    step: int = 0
    first_loss: float | None = None
    epoch_seconds: float = 0.0
    epochs: list[dict[str, Any]] = field(default_factory=list)
    images: int = 0
    held_out: int = 0
    initial: str = ""  # fingerprint of the weights that it began with
    processes: int = 1

    @property
    def averaged(self) -> VAE:
        """The model whose weights are the moving average: what is measured and shipped."""
        return cast(VAE, self.ema.module)

    @property
    def setup(self) -> dict[str, Any]:
        """The first line of the log: what the run's figures came from."""
        return {
            "name": self.name,
            "recipe": asdict(self.recipe),
            "images": self.images,
            "held_out": self.held_out,
            "initial_sha256": self.initial,
            "parameters": sum(parameter.numel() for parameter in self.vae.parameters()),
            "machine": machine(self.sums.device),
            "processes": self.processes,
            "threads": torch.get_num_threads(),
            "precision": self.precision,
            "torch": torch.__version__,
        }


def start(
    name: str, recipe: Recipe, device: torch.device, precision: str, initial: Path | None = None
) -> Run:
    """A run at step 0: weights from the recipe's seed, or from the folder `initial`.

    Raises:
        ValueError: the folder's weights are of another network.
    """
    torch.manual_seed(noise_seed(recipe.seed, 0, "weights"))
    vae = VAE(recipe.model)
    if initial is not None:
        _begin_with(vae, initial)
    vae.to(device, DTYPES[precision])
    ema = AveragedModel(vae, multi_avg_fn=moving_average(recipe.ema_decay))
    optimizer = torch.optim.AdamW(
        vae.parameters(),
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )
    sums = torch.zeros(0, device=device)
    run = Run(name, recipe, vae, ema, optimizer, precision, sums)
    if initial is not None:
        run.initial = fingerprint((initial / "model.safetensors").read_bytes())
    return run


def _begin_with(vae: VAE, folder: Path) -> None:
    """Loads the folder's weights; an ascent that its encoder lacks stays as it is."""
    theirs, own = VAE.from_pretrained(folder).state_dict(), vae.state_dict()
    missing = [name for name in own.keys() - theirs.keys() if not name.startswith("ascent.")]
    fit = all(name in own and own[name].shape == theirs[name].shape for name in theirs)
    if missing or not fit:
        raise ValueError(f"{folder} holds the weights of another network than this recipe's")
    vae.load_state_dict(theirs, strict=False)


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
    if changed == ["epochs"] and len(state["epochs"]) < (1 - recipe.decay) * shorter:
        changed = []
    if changed:
        raise ValueError(f"the checkpoint is of a run with other settings: {', '.join(changed)}")
    torch.set_num_threads(state["threads"])
    run = start(name, recipe, device, state["precision"])
    for prefix, module in (("vae.", run.vae), ("ema.", run.ema)):
        own = {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
        module.load_state_dict(own)
    restore_optimizer(run.optimizer, tensors)
    run.sums = tensors["sums"].to(device)
    for name in ("step", "first_loss", "epoch_seconds", "epochs", "images", "initial"):
        setattr(run, name, state[name])
    return run


def save_run(run: Run, run_dir: Path) -> None:
    """Writes the checkpoint of a run between two steps."""
    tensors = {f"vae.{name}": value for name, value in run.vae.state_dict().items()}
    tensors |= {f"ema.{name}": value for name, value in run.ema.state_dict().items()}
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
        "initial": run.initial,
    }
    save_checkpoint(run_dir / CHECKPOINT, tensors, state)


def write_log(run: Run, run_dir: Path) -> bytes:
    """Writes training.jsonl, how the run was set up and then one line per epoch; returns it."""
    content = "".join(json.dumps(record) + "\n" for record in [run.setup, *run.epochs]).encode()
    write_atomically(run_dir / "training.jsonl", content)
    return content


def moving_average(decay: float) -> Callable[[Any, Any, Tensor | int], None]:
    """An exponential moving average whose memory grows with the run, up to `decay` per step.

    With a constant decay the random initial weights would weigh on short runs.
    """

    def update(averages: list[Tensor], values: list[Tensor], count: Tensor | int) -> None:
        steps = int(count)
        weight = 1 - min(decay, (1 + steps) / (10 + steps))
        torch._foreach_lerp_(averages, values, weight)

    return update
