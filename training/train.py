"""Trains one recipe: `python -m training.train RECIPE`.

The images lie in memory as bytes; each step gathers a batch, draws its binarisation and epsilon,
and updates the weights and their moving average. All noise of a step depends on the seed and the
step alone, so that a resumed run is the uninterrupted one, bit for bit.
"""

import argparse
import math
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from app.dataset import FILE, PREPARATIONS
from app.vae import LIKELIHOODS
from training.checkpoint import save_weights
from training.data import (
    Dataset,
    DataUnavailable,
    binarise,
    data_folder,
    load_dataset,
    model_name,
    split,
    to_unit,
    user_cache,
)
from training.device import autocast, choose_device, faster_precision
from training.objective import Terms, objective
from training.recipes import RECIPES, Recipe
from training.run import Run, resume, save_run, start, write_log
from training.schedule import kl_weight, learning_rate, noise_seed, snapshot_steps

CHECKPOINT_SECONDS = 60.0
DIVERGED = 10.0  # times the loss of the first step
CHECK_EVERY = 20  # steps between looks at the loss; each look waits for the device
OVERRIDES = {
    "epochs": int,
    "batch_size": int,
    "learning_rate": float,
    "kl_weight": float,
    "kl_warmup_epochs": float,
    "seed": int,
}


class Diverged(RuntimeError):
    """The loss is not finite, or has grown far beyond where it began."""


def train(
    run: Run,
    images: Tensor,
    run_dir: Path,
    held_out: Tensor | None = None,
    snapshots: int = 0,
) -> None:
    """Trains `run` to the end of its recipe, from wherever it stands.

    Args:
        run: changed in place.
        images: uint8 (N, 1, 28, 28) on the run's device; the remainder that fills no batch is left
            out of an epoch, another remainder in each.
        run_dir: where checkpoint.safetensors, training.jsonl and snapshots/ go.
        held_out: uint8 images on which each epoch's moving average is measured.
        snapshots: how many moments of the run to keep, at logarithmically spaced steps.

    Raises:
        Diverged: with epoch, step and term; the checkpoint is the last good one.
        KeyboardInterrupt: after the checkpoint of the last whole step is written.
        ValueError: when the images do not fill one batch.
    """
    run.images = len(images)
    per_epoch = len(images) // run.recipe.batch_size
    if per_epoch == 0:
        raise ValueError(f"{len(images)} images do not fill a batch of {run.recipe.batch_size}")
    total = per_epoch * run.recipe.epochs
    moments = set(snapshot_steps(total, snapshots))
    progress = tqdm(total=total, initial=run.step, unit="step", disable=None, mininterval=1.0)
    lap = saved = time.monotonic()
    with progress, between_steps() as stop_if_asked:
        for batch in _batches(run, len(images), per_epoch):
            _step(run, images[batch], per_epoch)
            progress.update()
            ended = run.step % per_epoch == 0
            checked = ended or run.step % CHECK_EVERY == 0
            if checked:
                _check(run, per_epoch)
                progress.set_postfix_str(_running(run, per_epoch))
            if run.step in moments:
                save_weights(run.averaged, run_dir / "snapshots" / f"step-{run.step:07d}")
            run.epoch_seconds += time.monotonic() - lap
            if ended:
                _end_epoch(run, per_epoch, held_out)
                tqdm.write(_line(run))
                write_log(run, run_dir)
            if checked and time.monotonic() - saved > CHECKPOINT_SECONDS:
                save_run(run, run_dir)
                saved = time.monotonic()
            stop_if_asked(lambda: _save_checked(run, per_epoch, run_dir))
            lap = time.monotonic()
    save_run(run, run_dir)


@contextmanager
def between_steps() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Holds Ctrl-C and SIGTERM back until the loop asks, for inside a step no state is whole.

    Yields a function that, once one of them came, calls what it is given and then raises
    KeyboardInterrupt.
    """
    asked: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda number, _: asked.append(number)) for kind in signals]

    def stop_if_asked(save: Callable[[], None]) -> None:
        if asked:
            save()
            raise KeyboardInterrupt

    try:
        yield stop_if_asked
    finally:
        for kind, handler in zip(signals, before, strict=True):
            signal.signal(kind, handler)


def _batches(run: Run, count: int, per_epoch: int) -> Iterator[Tensor]:
    """The indices (batch,) of every step that is left; an order of its own for each epoch."""
    size, device = run.recipe.batch_size, next(run.vae.parameters()).device
    while run.step < per_epoch * run.recipe.epochs:
        epoch, place = divmod(run.step, per_epoch)
        generator = torch.Generator().manual_seed(noise_seed(run.recipe.seed, epoch, "order"))
        order = torch.randperm(count, generator=generator)[: per_epoch * size]
        yield from order.view(per_epoch, size)[place:].to(device)


def _step(run: Run, batch: Tensor, per_epoch: int) -> None:
    """One update of weights and moving average from a batch of bytes."""
    recipe = run.recipe
    torch.manual_seed(noise_seed(recipe.seed, run.step, "step"))
    x = binarise(batch) if recipe.binarise else to_unit(batch)
    run.vae.train()
    with autocast(run.precision, x.device):
        terms = objective(run.vae, x, kl_weight(recipe, run.step, per_epoch))
    run.optimizer.zero_grad()
    terms.loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.vae.parameters(), recipe.gradient_clip)
    rate = learning_rate(recipe, run.step, per_epoch)
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.step()
    run.ema.update_parameters(run.vae)
    run.sums += torch.stack(terms).detach()
    run.step += 1


def _check(run: Run, per_epoch: int) -> None:
    """Stops a run whose terms are not finite or have exploded."""
    epoch, place = divmod(run.step - 1, per_epoch)
    means = dict(zip(Terms._fields, (run.sums / (place + 1)).tolist(), strict=True))
    if run.first_loss is None:
        run.first_loss = abs(means["loss"])
    where = f"epoch {epoch + 1}, step {run.step}"
    for name in ("reconstruction", "kl"):
        if not math.isfinite(means[name]):
            raise Diverged(f"{where}: the {name} term is {means[name]}")
        if means[name] > DIVERGED * max(run.first_loss, 1.0):
            raise Diverged(
                f"{where}: the {name} term has grown to {means[name]:.4g} nats, "
                f"the loss began at {run.first_loss:.4g}"
            )


def _save_checked(run: Run, per_epoch: int, run_dir: Path) -> None:
    """Saves a run whose latest steps nobody has looked at, unless they have diverged."""
    _check(run, per_epoch)
    save_run(run, run_dir)


def _end_epoch(run: Run, per_epoch: int, held_out: Tensor | None) -> None:
    """Appends the epoch's record and clears its sums."""
    means = (run.sums / per_epoch).tolist()
    record = dict(zip(Terms._fields, means, strict=True))
    record = {"epoch": run.step // per_epoch, "step": run.step, **record}
    record["learning_rate"] = learning_rate(run.recipe, run.step - 1, per_epoch)
    record["seconds"] = round(run.epoch_seconds, 2)
    if held_out is not None:
        reconstruction, kl = measure(run, held_out)
        record["held_out_reconstruction"], record["held_out_kl"] = reconstruction, kl
    run.epochs.append(record)
    run.sums.zero_()
    run.epoch_seconds = 0.0


@torch.inference_mode()
def measure(run: Run, images: Tensor) -> tuple[float, float]:
    """The moving average's reconstruction and KL on uint8 images, with the same noise each time."""
    torch.manual_seed(noise_seed(run.recipe.seed, 0, "held out"))
    vae = run.averaged.eval()
    sums = torch.zeros(2, dtype=torch.float64)
    for batch in torch.split(images, 1000):
        x = binarise(batch) if run.recipe.binarise else to_unit(batch)
        terms = objective(vae, x, kl_weight=1.0)
        sums += torch.stack(terms[1:]).cpu().double() * len(batch)
    reconstruction, kl = (sums / len(images)).tolist()
    return reconstruction, kl


def _running(run: Run, per_epoch: int) -> str:
    place = (run.step - 1) % per_epoch + 1
    _, reconstruction, kl = (run.sums / place).tolist()
    return f"ELBO {-reconstruction - kl:.2f}, KL {kl:.2f}"


def _line(run: Run) -> str:
    record = run.epochs[-1]
    line = (
        f"epoch {record['epoch']:4d}/{run.recipe.epochs}  "
        f"-ELBO {record['reconstruction'] + record['kl']:8.3f} = "
        f"{record['reconstruction']:8.3f} + {record['kl']:7.3f}  {record['seconds']:6.1f} s"
    )
    if "held_out_kl" in record:
        held_out = record["held_out_reconstruction"] + record["held_out_kl"]
        line += f"  held out {held_out:8.3f}"
    return line


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    recipe = _recipe(options)
    name = options.recipe
    device = choose_device(options.device)
    try:
        dataset = load_dataset(data_folder(options.data), options.prepare, options.class_names)
        default = model_name(name, dataset.info)
        output = options.output or Path("weights") / default
        run_dir = options.run_dir or user_cache() / "runs" / default
        images, held_out = _images(dataset, options.held_out, device)
        if options.resume and (run_dir / "checkpoint.safetensors").exists():
            run = resume(run_dir, name, recipe, device)
        else:
            run = start(name, recipe, device, options.precision or faster_precision(device))
        setup = run.setup
        print(
            f"{name}: {setup['parameters']:,} parameters, {setup['machine']}, "
            f"{setup['threads']} threads, {run.precision}; run in {run_dir}"
        )
        train(run, images, run_dir, held_out, options.snapshots)
    except (DataUnavailable, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except Diverged as error:
        print(f"diverged: {error}; the last good checkpoint is in {run_dir}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"interrupted at step {run.step}: go on with --resume", file=sys.stderr)
        return 130
    files = {"training.jsonl": write_log(run, run_dir), FILE: dataset.info.to_json()}
    save_weights(run.averaged, output, files)
    given = f" --data {shlex.quote(options.data)}" if options.data else ""
    print(f"weights in {output}; measure them: python -m training.evaluate {output}{given}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train", description="Train a VAE.")
    add = parser.add_argument
    add("recipe", choices=sorted(RECIPES))
    add("--data", metavar="DIR", help="IDX files or pictures (default: MNIST_DIR, else a download)")
    add("--prepare", choices=PREPARATIONS, help="how pictures become 28x28 (default: resize)")
    add("--class-names", type=lambda text: text.split(","), metavar="A,B,...", help="of the labels")
    add("--output", type=Path, metavar="DIR", help="weights folder (default: weights/RECIPE-DATA)")
    add("--run-dir", type=Path, metavar="DIR", help="the run's state (default: the user's cache)")
    add("--resume", action="store_true", help="go on from the run's checkpoint, if there is one")
    add("--held-out", type=int, default=0, metavar="N", help="validate on the last N images")
    add("--snapshots", type=int, default=0, metavar="N", help="keep N moments of the run")
    add("--device", default="auto", help="auto, cpu, cuda or mps")
    add("--precision", choices=("float32", "bf16"), help="default: whichever is faster here")
    for name, kind in OVERRIDES.items():
        flag = "--" + name.replace("_", "-")
        add(flag, type=kind, metavar="X", help="instead of the recipe's")
    add("--likelihood", choices=LIKELIHOODS, help="instead of the recipe's likelihood")
    return parser


def _recipe(options: argparse.Namespace) -> Recipe:
    """The named recipe with the command line's changes."""
    recipe = RECIPES[options.recipe]
    given = {name: getattr(options, name) for name in OVERRIDES}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    if options.likelihood:
        model = replace(recipe.model, likelihood=options.likelihood)
        # A density of binary pixels would grow without bound as its noise shrinks.
        recipe = replace(recipe, model=model, binarise=options.likelihood == "bernoulli")
    return recipe


def _images(
    dataset: Dataset, held_out_count: int, device: torch.device
) -> tuple[Tensor, Tensor | None]:
    """Training images and, where asked for, held-out ones, on the device."""
    if not held_out_count:
        return dataset.train.images.to(device), None
    kept, held_out = split(dataset.train, held_out_count)
    return kept.images.to(device), held_out.images.to(device)


if __name__ == "__main__":
    sys.exit(main())
