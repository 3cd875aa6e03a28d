"""Atomic writes: files, the checkpoint of a run, a model's weights folder.

Everything is written to a temporary folder next to its destination, flushed to the disk and
renamed, so that Ctrl-C, kill -9 or a full disk leaves the previous version. Tensors are stored as
safetensors, never as pickle.
"""

import copy
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from training.output import CONFIG, LOG, expect_replaceable, read_object

PREFIX = ".training-"  # of temporary folders


def write_atomically(path: Path, content: bytes) -> None:
    """Write `path` completely or not at all.

    Raises:
        OSError: the file cannot be written, for example because the disk is full. The error has the
            path, and no temporary file is left.
    """
    with _naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=PREFIX, dir=path.parent) as aside:
            file = Path(aside) / "new"
            file.write_bytes(content)
            _sync(file)
            file.replace(path)
        _sync(path.parent)


def fingerprint(content: bytes) -> str:
    """Return the SHA-256 that identifies weights and images in metrics.json."""
    return hashlib.sha256(content).hexdigest()


def save_checkpoint(path: Path, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Write one safetensors file, with `state` (JSON) in its metadata."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(contiguous, metadata={"state": json.dumps(state)}))


def load_checkpoint(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors (on the CPU) and the state of a file that `save_checkpoint` wrote."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    state: dict[str, Any] = json.loads(header["__metadata__"]["state"])
    return load(content), state


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimizer's tensors under flat names, for a checkpoint."""
    return {
        f"optimizer.{index}.{name}": value
        for index, entries in optimizer.state_dict()["state"].items()
        for name, value in entries.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Load a checkpoint's optimizer tensors, as flattened by `flatten_optimizer`."""
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
                # A fused update expects both to have the same strides; a file is contiguous.
                entries[name] = torch.empty_like(parameter).copy_(value)


def save_weights(model: nn.Module, folder: Path, files: dict[str, bytes] | None = None) -> None:
    """Write a weights folder: config.json, model.safetensors in float16, and `files` by name.

    `model` must be a PyTorchModelHubMixin, which writes config.json. An older folder is replaced
    with all its files, because its metrics are of other weights.

    Raises:
        OSError: the folder cannot be written; the error has the path, and an older folder remains.
        ValueError: the older folder was not written by training.
    """
    half = copy.deepcopy(model).cpu().half()
    assert isinstance(half, PyTorchModelHubMixin), type(model)
    with replacing(folder) as fresh:
        try:
            half.save_pretrained(fresh)
        except SafetensorError as error:  # raised instead of an OSError if the disk is full
            raise OSError(errno.ENOSPC, str(error), str(folder)) from error
        (fresh / "README.md").unlink()  # an empty template; the card is written with the metrics
        # Safetensors makes the file readable by its owner only; a server may run as another user.
        shutil.copymode(fresh / "config.json", fresh / "model.safetensors")
        for name, content in (files or {}).items():
            (fresh / name).write_bytes(content)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces `folder` at the end.

    The new and the old folder are kept in a temporary folder next to `folder`. It is removed at the
    end, unless it has the only copy of the old folder. After a failure `folder` is unchanged.

    Raises:
        OSError: the folder cannot be written; the error has the path.
        ValueError: `folder` was not written by training.
    """
    with _naming(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(mkdtemp(prefix=PREFIX, dir=folder.parent))
        fresh, old = aside / "new", aside / "old"
        try:
            fresh.mkdir()
            yield fresh
            for path in (*fresh.iterdir(), fresh):
                _sync(path)
            has_log = (fresh / LOG).exists()
            expect_replaceable(folder, () if has_log else read_object(fresh / CONFIG))
            _exchange(folder, fresh, old)
            _sync(folder.parent)
        finally:
            if folder.exists() or not old.exists():
                shutil.rmtree(aside, ignore_errors=True)


def _exchange(folder: Path, fresh: Path, old: Path) -> None:
    """Rename `folder` to `old` and `fresh` to `folder`, or neither."""
    try:
        if folder.exists():
            shutil.copymode(folder, fresh)
            folder.rename(old)
        fresh.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Add the path to an OSError, because the error of a failed write has none."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _sync(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
