"""The training loop: steps, their check, epochs, checkpoints.

The images lie in memory as bytes; each step gathers a batch, draws its binarisation and epsilon,
and updates the weights and their moving average. All noise comes from `training.noise`, so that a
resumed run is the uninterrupted one, bit for bit, and several processes do the work of one.
"""

import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor
from torch.profiler import record_function
from tqdm import tqdm  # type: ignore[import-untyped]

from training.checkpoint import save_weights
from training.data import binarise, to_unit
from training.device import autocast, peak_memory
from training.noise import Noise, noise_seed, replace_dropout
from training.objective import Objective, Terms, objective
from training.parallel import World
from training.run import Run, save_run, write_log
from training.schedule import kl_weight, learning_rate, snapshot_steps

DIVERGED = 10.0  # times the loss of the first step
CHECK_EVERY = 20  # steps between looks at the loss; each waits for the device and the other ranks
HELD_OUT_BATCH = 1000
PHASES = ("data", "forward", "backward", "update")  # of a step, by name in a profile
HEADER = "  epoch      -ELBO = reconstruction +       KL   seconds   peak MB   held out"


class Diverged(RuntimeError):
    """The loss is not finite, or has grown far beyond where it began."""


class Trainer:
    """A run, the images it learns from, and this process's part in both.

    Args:
        run: changed in place.
        images: uint8 (N, 1, 28, 28) on the run's device; the remainder that fills no batch is left
            out of an epoch, another remainder in each.
        world: the job's processes; each has all the images and computes its rows of every batch.
        held_out: uint8 images on which each epoch's moving average is measured.

    Raises:
        ValueError: when the images do not fill one batch, or a batch cannot be shared out.
    """

    def __init__(
        self, run: Run, images: Tensor, world: World, held_out: Tensor | None = None
    ) -> None:
        batch = run.recipe.batch_size
        if len(images) < batch:
            raise ValueError(f"{len(images)} images do not fill a batch of {batch}")
        if run.step and run.images != len(images):
            raise ValueError(f"the checkpoint learned from {run.images} images, not {len(images)}")
        self.run, self.images, self.world, self.held_out = run, images, world, held_out
        run.images, run.processes = len(images), world.size
        run.held_out = 0 if held_out is None else len(held_out)
        self.per_epoch = len(images) // batch
        self.rows = world.rows(batch)
        self.noise = Noise(run.recipe.seed, batch, self.rows, world.device)
        replace_dropout(run.vae, self.noise)
        self.objective = world.engine(Objective(run.vae)).train()

    @property
    def total(self) -> int:
        """Steps in the whole run."""
        return self.per_epoch * self.run.recipe.epochs

    def batches(self) -> Iterator[Tensor]:
        """The indices of this process's images in every step that is left of the run."""
        run, used = self.run, self.per_epoch * self.run.recipe.batch_size
        while run.step < self.total:
            epoch, place = divmod(run.step, self.per_epoch)
            generator = torch.Generator().manual_seed(noise_seed(run.recipe.seed, epoch, "order"))
            order = torch.randperm(len(self.images), generator=generator)[:used]
            order = order.view(self.per_epoch, -1)[place:, self.rows]
            yield from order.to(self.world.device)

    def step(self, batch: Tensor) -> None:
        """One update of weights and moving average from the images at these indices."""
        run, recipe = self.run, self.run.recipe
        with record_function("data"):
            self.noise.begin(run.step)
            x = self._input(self.images[batch], self.noise)
            eps = self.noise.normal(recipe.model.latent_dim).to(x.dtype)
        with record_function("forward"), autocast(run.precision, x.device):
            terms = self.objective(x, eps, kl_weight(recipe, run.step, self.per_epoch))
        with record_function("backward"):
            run.optimizer.zero_grad()
            terms.loss.backward()
        with record_function("update"):
            torch.nn.utils.clip_grad_norm_(run.vae.parameters(), recipe.gradient_clip)
            rate = learning_rate(recipe, run.step, self.per_epoch)
            for group in run.optimizer.param_groups:
                group["lr"] = rate
            run.optimizer.step()
            run.ema.update_parameters(run.vae)
            run.sums += torch.stack(terms).detach()
        run.step += 1

    def check(self, asked: bool = False) -> bool:
        """Looks at this epoch's terms, over all processes; whether any was asked to stop.

        Raises:
            Diverged: a term is not finite or has exploded.
        """
        run = self.run
        seen = self.world.mean(torch.cat([run.sums, run.sums.new_tensor([asked])]))
        run.sums = seen[:-1]
        epoch, place = divmod(run.step - 1, self.per_epoch)
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
        return bool(seen[-1] > 0)

    def end_epoch(self) -> None:
        """Appends the epoch's record and clears its sums."""
        run = self.run
        means = (run.sums / self.per_epoch).tolist()
        record = dict(zip(Terms._fields, means, strict=True))
        record = {"epoch": run.step // self.per_epoch, "step": run.step, **record}
        record["learning_rate"] = learning_rate(run.recipe, run.step - 1, self.per_epoch)
        record["seconds"] = round(run.epoch_seconds, 2)
        record["peak_mb"] = round(peak_memory(self.world.device) / 2**20)
        if self.held_out is not None:
            reconstruction, kl = self.measure(self.held_out)
            record["held_out_reconstruction"], record["held_out_kl"] = reconstruction, kl
        run.epochs.append(record)
        run.sums.zero_()
        run.epoch_seconds = 0.0

    @torch.inference_mode()
    def measure(self, images: Tensor) -> tuple[float, float]:
        """The moving average's reconstruction and KL on uint8 images, by the same noise each time.

        The processes share the batches.
        """
        run, world = self.run, self.world
        vae = run.averaged.eval()
        sums = torch.zeros(2, dtype=torch.float64)
        for number, batch in enumerate(torch.split(images, HELD_OUT_BATCH)):
            if number % world.size != world.rank:
                continue
            noise = Noise(run.recipe.seed, len(batch), slice(None), world.device)
            noise.begin(number, "held out")
            x = self._input(batch, noise)
            eps = noise.normal(run.recipe.model.latent_dim).to(x.dtype)
            terms = objective(vae, x, eps, kl_weight=1.0)
            sums += torch.stack(terms[1:]).cpu().double() * len(batch)
        total = world.mean(sums.to(world.device)) * world.size
        reconstruction, kl = (total / len(images)).tolist()
        return reconstruction, kl

    def _input(self, images: Tensor, noise: Noise) -> Tensor:
        """Bytes as what the network sees, (B, 1, 28, 28) in [0, 1]."""
        if self.run.recipe.binarise:
            x = binarise(images, noise.uniform(*images.shape[1:]))
        else:
            x = to_unit(images)
        return x.to(next(self.run.vae.parameters()).dtype)


def train(
    trainer: Trainer, run_dir: Path, snapshots: int = 0, checkpoint_seconds: float = 60.0
) -> None:
    """Trains to the end of the recipe, from wherever the run stands.

    Args:
        run_dir: where checkpoint.safetensors, training.jsonl and snapshots/ go.
        snapshots: how many moments of the run to keep, at logarithmically spaced steps.
        checkpoint_seconds: between two checkpoints.

    Raises:
        Diverged: with epoch, step and term; the checkpoint is the last good one.
        KeyboardInterrupt: after the checkpoint of the last whole step is written.
    """
    run, world = trainer.run, trainer.world
    moments = set(snapshot_steps(trainer.total, snapshots))
    lap = saved = time.monotonic()
    with _progress(trainer) as progress, interrupts() as asked:
        for batch in trainer.batches():
            trainer.step(batch)
            progress.update()
            ended = run.step % trainer.per_epoch == 0
            # Alone, a process may stop at any step; several have to stop at the same one.
            checked = ended or run.step % CHECK_EVERY == 0 or (bool(asked) and world.size == 1)
            stop = checked and trainer.check(bool(asked))
            if checked:
                progress.set_postfix_str(_running(trainer))
            if world.leads and run.step in moments:
                save_weights(run.averaged, run_dir / "snapshots" / f"step-{run.step:07d}")
            run.epoch_seconds += time.monotonic() - lap
            if ended:
                trainer.end_epoch()
            due = checked and time.monotonic() - saved > checkpoint_seconds
            if world.leads and (stop or due):
                save_run(run, run_dir)
                saved = time.monotonic()
            if world.leads and ended:
                write_log(run, run_dir)
                _write(_row(run))
            if stop:
                raise KeyboardInterrupt
            lap = time.monotonic()
    if world.leads:
        save_run(run, run_dir)


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Holds Ctrl-C and SIGTERM back, for inside a step no state is whole.

    Yields a list that is empty until one of them comes.
    """
    asked: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda number, _: asked.append(number)) for kind in signals]
    try:
        yield asked
    finally:
        for kind, handler in zip(signals, before, strict=True):
            signal.signal(kind, handler)


def _progress(trainer: Trainer) -> tqdm:
    """One line of progress with the time that is left, on a terminal; by one process alone."""
    hidden = None if trainer.world.leads else True
    if trainer.world.leads:
        _write(HEADER)
    step = trainer.run.step
    return tqdm(total=trainer.total, initial=step, unit="step", disable=hidden, mininterval=1.0)


def _write(line: str) -> None:
    """A line above the progress, at once also where the output is a file."""
    tqdm.write(line)
    sys.stdout.flush()


def _running(trainer: Trainer) -> str:
    run = trainer.run
    place = (run.step - 1) % trainer.per_epoch + 1
    _, reconstruction, kl = (run.sums / place).tolist()
    return f"ELBO {-reconstruction - kl:.2f}, KL {kl:.2f}"


def _row(run: Run) -> str:
    """The last epoch's row under HEADER."""
    record = run.epochs[-1]
    reconstruction, kl = record["reconstruction"], record["kl"]
    place = f"{record['epoch']}/{run.recipe.epochs}"
    row = f"{place:>7}  {reconstruction + kl:9.3f} = {reconstruction:14.3f} + {kl:8.3f}"
    row += f"  {record['seconds']:8.1f}  {record['peak_mb']:8d}"
    if "held_out_kl" in record:
        row += f"  {record['held_out_reconstruction'] + record['held_out_kl']:9.3f}"
    return row
