"""Command that trains one recipe: `python -m training.train RECIPE`, alone or under torchrun.

The steps are in training.loop, the loss in training.objective. The result is a weights folder that
the app reads.
"""

import argparse
import shlex
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from app.model.device import choose_device
from app.model.vae import LIKELIHOODS
from app.registry.dataset_info import INFO_FILE, PREPARATIONS
from training.checkpoint import fingerprint, save_weights
from training.command import expect_between, finish, sentence
from training.data import (
    Dataset,
    DataUnavailable,
    data_folder,
    load_dataset,
    model_name,
    split,
    user_cache,
)
from training.device import DTYPES, keep_freed_memory
from training.loop import Diverged, Trainer, train
from training.output import output_folder
from training.parallel import Distributed, init_distributed
from training.precision import fastest_precision
from training.recipes import FLAGSHIPS, RECIPES, Recipe
from training.reports.previews import preview_files
from training.train_state import CHECKPOINT, TrainState, resume, start, write_log

WEIGHTS = Path("weights")
OVERRIDES = {
    "epochs": int,
    "batch_size": int,
    "held_out": int,
    "learning_rate": float,
    "kl_weight": float,
    "kl_warmup_epochs": float,
    "seed": int,
}
RANGES = {
    "epochs": (1, None),
    "batch_size": (1, None),
    "learning_rate": (0, None),
    "kl_weight": (0, None),
    "kl_warmup_epochs": (0, None),
    "seed": (0, 2**32 - 1),
    "held_out": (0, None),
    "checkpoint_seconds": (0, None),
    "snapshots": (0, None),
}
BEFORE_TRAINING = "interrupted before the first step; nothing was written"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    return finish(lambda: _join_and_run(options), BEFORE_TRAINING)


def _join_and_run(options: argparse.Namespace) -> int:
    _expect_in_range(options)
    keep_freed_memory()
    with init_distributed(lambda: choose_device(options.device)) as distributed:
        try:
            return _run(options, distributed)
        except (DataUnavailable, OSError, ValueError) as error:
            return _report(distributed, 2, f"error: {sentence(error)}")
        except KeyboardInterrupt:
            return _report(distributed, 130, BEFORE_TRAINING)
        except RuntimeError as error:
            if distributed.size == 1:
                raise
            print(
                f"error: process {distributed.rank} of {distributed.size} has lost the others "
                f"({str(error).splitlines()[0]}); start the job again with --resume",
                file=sys.stderr,
            )
            return 3


def _run(options: argparse.Namespace, distributed: Distributed) -> int:
    dataset = load_dataset(data_folder(options.data), options.prepare, options.class_names)
    name = model_name(options.recipe, dataset.info)
    run_dir = options.run_dir or user_cache() / "runs" / name
    output = options.output or WEIGHTS / name
    folder = _output_folder(output, run_dir, distributed)
    earlier = None if options.resume else _checkpoint_id(run_dir)
    trainer = _trainer(options, distributed, dataset, run_dir)
    run = trainer.state
    if distributed.is_main_process:
        print(_summary(run), f"run in {run_dir}", sep="; ")
    try:
        train(trainer, run_dir, options.snapshots, options.checkpoint_seconds)
    except Diverged as error:
        return _report(distributed, 1, f"diverged: {error}; {_where_to_resume(run_dir, earlier)}")
    except KeyboardInterrupt:
        state = _where_to_resume(run_dir, earlier)
        return _report(distributed, 130, f"interrupted at step {run.step}: {state}")
    if distributed.is_main_process:
        try:
            log, data = write_log(run, run_dir), dataset.info.to_json()
            files = {"training.jsonl": log, INFO_FILE: data, **preview_files(run.averaged)}
            save_weights(run.averaged, folder, files)
        except (KeyboardInterrupt, OSError, ValueError) as error:
            stopped = isinstance(error, KeyboardInterrupt)
            what = "interrupted after the last step" if stopped else f"error: {sentence(error)}"
            code, state = 130 if stopped else 2, _where_to_resume(run_dir, earlier)
            return _report(distributed, code, f"{what}; {state}")
        given = f" --data {shlex.quote(options.data)}" if options.data else ""
        print(f"weights in {output}; measure them: python -m training.evaluate {output}{given}")
    return 0


def _output_folder(output: Path, run_dir: Path, distributed: Distributed) -> Path:
    """Return the folder for the weights, checked by rank 0 for all processes.

    Raises:
        ValueError: training may not write there.
    """
    folder = output

    def refusal() -> bytes:
        nonlocal folder
        try:
            folder = output_folder(output, run_dir)
        except (OSError, ValueError) as error:
            return sentence(error).encode()
        return b""

    refused = distributed.broadcast(refusal).decode()
    if refused:
        raise ValueError(refused)
    return folder


def _checkpoint_id(run_dir: Path) -> tuple[int, int] | None:
    """Return inode and time of the checkpoint, which change with every write; None without one."""
    try:
        found = (run_dir / CHECKPOINT).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _where_to_resume(run_dir: Path, earlier: tuple[int, int] | None) -> str:
    """Return where to resume this run; `earlier` identifies the checkpoint of an earlier run."""
    if _checkpoint_id(run_dir) in (None, earlier):
        return "no checkpoint was written yet"
    return f"the last good checkpoint is in {run_dir}, continue with --resume"


def _expect_in_range(options: argparse.Namespace) -> None:
    """Raise ValueError if a number on the command line is out of its range."""
    for name, (least, most) in RANGES.items():
        option = "--" + name.replace("_", "-")
        expect_between(option, getattr(options, name), least, most)
    if options.learning_rate == 0:
        raise ValueError("--learning-rate: expected more than 0, got 0")


def _report(distributed: Distributed, code: int, message: str) -> int:
    """Print an error of all processes once, from rank 0; return the exit code."""
    if distributed.is_main_process:
        print(message, file=sys.stderr)
    return code


def _summary(run: TrainState) -> str:
    setup = run.setup
    return (
        f"{run.name}: {setup['parameters']:,} parameters, {setup['machine']}, "
        f"{run.processes} x {setup['threads']} threads, {run.precision}"
    )


def _trainer(
    options: argparse.Namespace, distributed: Distributed, dataset: Dataset, run_dir: Path
) -> Trainer:
    """Return the trainer of a new run, or with --resume of the checkpoint's run.

    Raises:
        ValueError: the checkpoint is of other settings or images, or the processes differ.
    """
    recipe = _recipe(options)
    if options.held_out is None:  # the recipe's number is for MNIST
        tenth = len(dataset.train.images) // 10
        recipe = replace(recipe, held_out=min(recipe.held_out, tenth))
    images, held_out = _images(dataset, recipe.held_out, distributed.device)
    content = images.cpu().numpy().tobytes()
    distributed.assert_same(repr(recipe).encode(), content)
    data = fingerprint(content)
    file = run_dir / CHECKPOINT
    checkpoint = distributed.broadcast(
        lambda: file.read_bytes() if options.resume and file.exists() else b""
    )
    if checkpoint:
        run = resume(checkpoint, options.recipe, recipe, distributed.device)
        if run.data not in ("", data):
            raise ValueError(
                f"{file}: expected the {run.images} training images of the run, got {len(images)} "
                "other ones; give the same --data, or another --run-dir to start again"
            )
    else:
        precision = distributed.broadcast(
            lambda: (options.precision or fastest_precision(recipe, distributed.device)).encode()
        ).decode()
        run = start(options.recipe, recipe, distributed.device, precision)
    run.data = data
    return Trainer(run, images, distributed, held_out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.train",
        usage="%(prog)s RECIPE [options]",
        description="Train a VAE; under torchrun, on several processes or hosts.",
        formatter_class=partial(argparse.HelpFormatter, max_help_position=26),
    )
    parser.add_argument(
        "recipe",
        metavar="RECIPE",
        choices=RECIPES,
        help=f"{', '.join(FLAGSHIPS)}, or an ablation: study/vae, ...",
    )
    group = parser.add_argument_group("data and files")
    _add_files(group)
    _add_run(group)
    _add_overrides(parser.add_argument_group("overrides of the recipe, training/recipes.py"))
    return parser


def _add_files(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--data", metavar="DIR", help="images, IDX files, arrays or a table (default: MNIST)")
    add(
        "--prepare",
        choices=PREPARATIONS,
        metavar="HOW",
        help=f"{' or '.join(PREPARATIONS)}: preprocessing of images",
    )
    add(
        "--class-names",
        type=lambda text: text.split(","),
        metavar="A,B,...",
        help="names of the labels",
    )
    add("--output", type=Path, metavar="DIR", help="weights folder (default: weights/RECIPE-DATA)")


def _add_run(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--run-dir", type=Path, metavar="DIR", help="the run's state (default: the user's cache)")
    add("--resume", action="store_true", help="resume from the checkpoint, if there is one")
    add(
        "--checkpoint-seconds",
        type=float,
        default=60,
        metavar="S",
        help="time between checkpoints (default: 60)",
    )
    add(
        "--snapshots",
        type=int,
        default=0,
        metavar="N",
        help="number of snapshots of the weights, for a replay",
    )
    add("--device", default="auto", metavar="NAME", help="auto, cpu, cuda or mps")
    add(
        "--precision",
        choices=DTYPES,
        metavar="NAME",
        help=f"{', '.join(DTYPES)} (default: the faster one)",
    )


def _add_overrides(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    for name, kind in OVERRIDES.items():
        add("--" + name.replace("_", "-"), type=kind, metavar="X")
    add("--likelihood", choices=LIKELIHOODS, metavar="NAME", help=" or ".join(LIKELIHOODS))


def _recipe(options: argparse.Namespace) -> Recipe:
    """Return the named recipe with the command line's changes."""
    recipe = RECIPES[options.recipe]
    given = {name: getattr(options, name) for name in OVERRIDES}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    if options.likelihood:
        model = replace(recipe.model, likelihood=options.likelihood)
        # A Gaussian is a density of gray levels, a Bernoulli a distribution of binary pixels.
        recipe = replace(recipe, model=model, binarize=options.likelihood == "bernoulli")
    return recipe


def _images(
    dataset: Dataset, held_out_count: int, device: torch.device
) -> tuple[Tensor, Tensor | None]:
    """Return the training images and, if requested, held-out ones, on the device."""
    if not held_out_count:
        return dataset.train.images.to(device), None
    kept, held_out = split(dataset.train, held_out_count)
    return kept.images.to(device), held_out.images.to(device)


if __name__ == "__main__":
    sys.exit(main())
