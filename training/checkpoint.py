"""What survives: files that are whole or absent, the state of a run, a model's weights folder.

Everything is written beside its place, flushed to the disk and renamed, so that Ctrl-C, kill -9 or
a full disk leaves the previous version. Tensors are stored as safetensors, never as pickle.
"""

import copy
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import load, save
from torch import Tensor, nn


def write_atomically(path: Path, content: bytes) -> None:
    """Writes `path` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".partial")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync_folder(path.parent)


def fingerprint(content: bytes) -> str:
    """The SHA-256 by which metrics.json names weights and images."""
    return hashlib.sha256(content).hexdigest()


def save_checkpoint(path: Path, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """One safetensors file; `state` (JSON) travels in its metadata."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(contiguous, metadata={"state": json.dumps(state)}))


def load_checkpoint(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors (on the CPU) and the state in a file that `save_checkpoint` wrote."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    state: dict[str, Any] = json.loads(header["__metadata__"]["state"])
    return load(content), state


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's tensors under flat names, for a checkpoint."""
    return {
        f"optimizer.{index}.{name}": value
        for index, entries in optimizer.state_dict()["state"].items()
        for name, value in entries.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """The inverse of `flatten_optimizer`; other tensors of the checkpoint are ignored."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer."):
            _, index, name = key.split(".")
            state.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    for parameter, entries in optimizer.state.items():
        for name, value in entries.items():
            if value.shape == parameter.shape:
                # A fused update takes both to lie in memory alike; a file holds row after row.
                entries[name] = torch.empty_like(parameter).copy_(value)


def save_weights(model: nn.Module, folder: Path, files: dict[str, bytes] | None = None) -> None:
    """Writes a weights folder: config.json, model.safetensors in float16, and `files` by name.

    `model` is a PyTorchModelHubMixin too, which writes its own config.json. An older folder is
    replaced as a whole: its metrics were those of other weights.
    """
    beside = folder.with_name(folder.name + ".partial")
    shutil.rmtree(beside, ignore_errors=True)
    half = copy.deepcopy(model).cpu().half()
    assert isinstance(half, PyTorchModelHubMixin), type(model)
    half.save_pretrained(beside)
    (beside / "README.md").unlink()  # an empty template; the card is written with the metrics
    # Its writer lets the owner alone read it, and a server may run as somebody else.
    shutil.copymode(beside / "config.json", beside / "model.safetensors")
    for name, content in (files or {}).items():
        (beside / name).write_bytes(content)
    replace_folder(folder, beside)


def replace_folder(folder: Path, beside: Path) -> None:
    """Puts the folder `beside` into the place of `folder`, whole."""
    for file in beside.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    if folder.exists():
        old = folder.with_name(folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
        beside.rename(folder)
        shutil.rmtree(old)
    else:
        beside.rename(folder)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk only once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
