"""Checks, before training starts, whether it may create or replace an output folder.

A folder is replaced only if training wrote it and it contains nothing else.
"""

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from app.model.mixture import FILE as MIXTURES
from app.registry.dataset_info import INFO_FILE

LOG, CONFIG, WEIGHTS, METRICS, CARD = (
    "training.jsonl",
    "config.json",
    "model.safetensors",
    "metrics.json",
    "README.md",
)
WRITTEN = {LOG, CONFIG, WEIGHTS, INFO_FILE, "samples.png", "plane.png"}  # by training.train
MEASURED = {METRICS, CARD, "latents.npz", MIXTURES}  # by training.evaluate
NAMED = 3  # number of other files that an error names


def output_folder(
    output: Path, run_dir: Path | None = None, settings: Collection[str] = ()
) -> Path:
    """Return the folder that `output` names, with all symbolic links resolved.

    Args:
        output: the folder for the weights, which need not exist.
        run_dir: the folder for the state of the run, if there is one.
        settings: see `expect_replaceable`.

    Raises:
        ValueError: training may not or cannot write there.
        OSError: the path is not valid.
    """
    folder = _behind_links(output)
    expect_replaceable(folder, settings)
    _expect_outside(Path.cwd(), folder, "the current folder")
    if os.path.ismount(folder):
        raise ValueError(f"{output} is a mount point: give a folder in it, --output {output}/NAME")
    _expect_writable(folder.parent)
    if run_dir is not None:
        state = _behind_links(run_dir)
        _expect_outside(state, folder, "the state of the run, --run-dir,")
        _expect_writable(state)
    return folder


def _expect_outside(path: Path, folder: Path, what: str) -> None:
    if folder in (path, *path.parents):
        raise ValueError(f"{folder}: {what} is in it; give another folder, --output DIR")


def expect_replaceable(folder: Path, settings: Collection[str] = ()) -> None:
    """Raise ValueError unless `folder` is absent, empty, or has only weights that training wrote.

    Args:
        folder: destination of a weights folder.
        settings: the keys of the new config.json if the new folder has no log, as for snapshots and
            the classifier. The old config.json must have the same keys. Without `settings` the old
            folder must have a log.

    Raises:
        ValueError: the folder has other content, which the message names.
    """
    found = _not_ours(folder, settings)
    if found:
        raise ValueError(
            f"{folder}: expected a new folder, or one with weights that training wrote and nothing "
            f"else, got {found}; give another folder, --output DIR"
        )


def _not_ours(folder: Path, settings: Collection[str]) -> str:
    """Return a description of what must not be replaced; "" if the folder may be replaced."""
    if not os.path.lexists(folder):
        return ""
    if folder.is_symlink() or not folder.is_dir():
        return "a symbolic link" if folder.is_symlink() else "a file"
    entries = sorted(folder.iterdir())
    others = [
        entry.name
        for entry in entries
        if entry.name not in WRITTEN | MEASURED or entry.is_symlink() or not entry.is_file()
    ]
    if others:
        return ", ".join(others[:NAMED]) + (", ..." if len(others) > NAMED else "")
    names = {entry.name for entry in entries}
    if not names:
        return ""
    if CARD in names and METRICS not in names:
        return f"a {CARD} without {METRICS}"
    if settings:
        same = read_object(folder / CONFIG).keys() == set(settings) and WEIGHTS in names
        return "" if same else f"a {CONFIG} with other settings"
    ours = "recipe" in read_object(folder / LOG) and CONFIG in names
    return "" if ours else f"no {CONFIG} with a training's {LOG}"


def read_object(file: Path) -> dict[str, Any]:
    """Return the object in a JSON file or in the first line of a log; {} without an object."""
    try:
        text = file.read_text(encoding="utf-8")
        content = json.loads(text.split("\n", 1)[0] if file.name == LOG else text)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _behind_links(path: Path) -> Path:
    real = Path(os.path.realpath(path))
    try:
        real.lstat()
    except FileNotFoundError:
        return real
    if real.is_symlink():
        raise ValueError(f"{path}: expected a folder, got a loop of symbolic links")
    return real


def _expect_writable(folder: Path) -> None:
    """Raise ValueError unless files can be created in `folder` or its nearest existing parent."""
    nearest = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise ValueError(f"{folder}: expected a folder, but {nearest} is a file")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"{folder}: cannot write to {nearest}; give another folder")
