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

from app.model.vae import kl_divergence
from training.augmentation import augment
from training.checkpoint import save_weights
from training.data import binarise, to_unit
from training.device import autocast, peak_memory
from training.initialization import set_output_bias
from training.noise import Noise, noise_seed, replace_dropout
from training.objective import Objective, term_names
from training.parallel import World
from training.recipes import Recipe
from training.schedule import augmented_share, kl_weight, learning_rate, snapshot_steps
from training.train_state import Run, save_run, update_average, write_log

DIVERGED = 10.0  # times the loss of the first step
CHECK_EVERY = 20  # steps between checks of the loss; each synchronizes the device and the ranks
HELD_OUT_BATCH = 1000
SHOWN = ("loss", "reconstruction", "kl")  # terms in the table
PHASES = ("data", "forward", "backward", "update")  # of a step, by name in a profile
HEADER = "  epoch       loss  reconstruction        KL   seconds   peak MB   held out"


def columns(recipe: Recipe) -> list[str]:
    """What a run adds up over the steps of an epoch; the last counts, the others are means."""
    return [*term_names(recipe), "gradient_norm", "lost_steps"]


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
            raise ValueError(
                f"{len(images)} images do not fill a batch of {batch}: give a smaller --batch-size"
            )
        if run.step and run.images != len(images):
            raise ValueError(f"the checkpoint learned from {run.images} images, not {len(images)}")
        self.run, self.images, self.world, self.held_out = run, images, world, held_out
        run.images, run.processes = len(images), world.size
        run.held_out = 0 if held_out is None else len(held_out)
        self.per_epoch = len(images) // batch
        self.rows = world.rows(batch)
        self.noise = Noise(run.recipe.seed, batch, self.rows, world.device)
        replace_dropout(run.vae, self.noise)
        if run.step == 0 and run.recipe.output_bias:
            for vae in (run.vae, run.averaged):
                set_output_bias(vae, images)
        if len(run.sums) == 0:
            run.sums = torch.zeros(len(columns(run.recipe)), device=world.device)
        self.objective = world.engine(Objective(run.vae, run.recipe)).train()

    @property
    def total(self) -> int:
        """Steps in the whole run."""
        return self.per_epoch * self.run.recipe.epochs

    @property
    def place(self) -> int:
        """Steps done of this epoch."""
        return self.run.step % self.per_epoch

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
            images = self._augmented(self.images.index_select(0, batch))
            x = self._target(images, self.noise)
            eps = self.noise.normal(recipe.model.latent_dim).to(x.dtype)
            seen = self._corrupted(x)
            weight = kl_weight(recipe, run.step, self.per_epoch)
        with record_function("forward"), autocast(run.precision, x.device):
            terms = self.objective(seen, x, eps, weight)
        with record_function("backward"):
            run.optimizer.zero_grad()
            terms["loss"].backward()
        with record_function("update"):
            parameters = run.vae.parameters()
            norm = torch.nn.utils.clip_grad_norm_(parameters, recipe.gradient_clip)
            if not (recipe.stop_at_divergence or norm.isfinite()):
                run.sums[-1] += 1
            else:
                self._update()
                run.sums[:-1] += torch.stack([*terms.values(), norm]).detach()
        run.step += 1

    def _update(self) -> None:
        """Weights and moving average, from the gradients."""
        run = self.run
        rate = learning_rate(run.recipe, run.step, self.per_epoch)
        for group in run.optimizer.param_groups:
            group["lr"] = rate
        run.optimizer.step()
        update_average(run.averaged, run.vae, run.step, run.recipe.ema_decay)

    def check(self, asked: bool = False) -> bool:
        """Looks at this epoch's terms, over all processes; whether any was asked to stop.

        Raises:
            Diverged: a term is not finite or has exploded, and the recipe stops there.
        """
        run = self.run
        seen = self.world.mean(torch.cat([run.sums, run.sums.new_tensor([asked])]))
        run.sums = seen[:-1]
        means = self.means()
        if run.first_loss is None:
            run.first_loss = abs(means["loss"])
        if run.recipe.stop_at_divergence:
            self._expect_sane(means)
        return bool(seen[-1] > 0)

    def means(self) -> dict[str, float]:
        """This epoch's columns so far, over the steps that were not lost; NaN without any."""
        *sums, lost = self.run.sums.tolist()
        steps = (self.run.step - 1) % self.per_epoch + 1 - lost
        means = [value / steps if steps else math.nan for value in sums]
        return {**dict(zip(columns(self.run.recipe), means, strict=False)), "lost_steps": lost}

    def _expect_sane(self, means: dict[str, float]) -> None:
        first = max(self.run.first_loss or 0.0, 1.0)
        where = f"epoch {(self.run.step - 1) // self.per_epoch + 1}, step {self.run.step}"
        for name, value in means.items():
            if name not in ("reconstruction", "kl", "contraction"):
                continue
            if not math.isfinite(value):
                raise Diverged(f"{where}: the {name} term is {value}")
            if value > DIVERGED * first:
                grown = f"the {name} term has grown to {value:.4g}, the loss began at {first:.4g}"
                raise Diverged(f"{where}: {grown}")

    def end_epoch(self) -> None:
        """Appends the epoch's record and clears its sums."""
        run = self.run
        means = {name: _finite(value) for name, value in self.means().items()}
        record = {"epoch": run.step // self.per_epoch, "step": run.step, **means}
        record["learning_rate"] = learning_rate(run.recipe, run.step - 1, self.per_epoch)
        record["seconds"] = round(run.epoch_seconds, 2)
        record["peak_mb"] = round(peak_memory(self.world.device) / 2**20)
        if self.held_out is not None:
            measured = self.measure(self.held_out)
            record |= {f"held_out_{name}": _finite(value) for name, value in measured.items()}
        run.epochs.append(record)
        run.sums.zero_()
        run.epoch_seconds = 0.0

    @torch.inference_mode()
    def measure(self, images: Tensor) -> dict[str, float]:
        """The moving average's reconstruction and KL on uint8 images, by the same noise each time.

        The processes share the batches. A deterministic encoder has no KL.
        """
        run, world = self.run, self.world
        vae, batches = run.averaged.eval(), torch.split(images, HELD_OUT_BATCH)
        sums = torch.zeros(2, device=world.device)
        for number in range(world.rank, len(batches), world.size):
            batch = batches[number]
            noise = Noise(run.recipe.seed, len(batch), slice(None), world.device)
            noise.begin(number, "held out")
            x = self._target(batch, noise)
            eps = noise.normal(run.recipe.model.latent_dim).to(x.dtype)
            x_logits, mu, logvar = vae(x, eps)
            terms = -vae.log_likelihood(x_logits, x), kl_divergence(mu, logvar)
            sums += torch.stack([term.sum() for term in terms])
        reconstruction, kl = (world.mean(sums) * world.size / len(images)).tolist()
        deterministic = run.recipe.model.variance_head == "none"
        return {"reconstruction": reconstruction} | ({} if deterministic else {"kl": kl})

    def _augmented(self, images: Tensor) -> Tensor:
        """Bytes, the recipe's share of them distorted."""
        share = augmented_share(self.run.recipe, self.run.step, self.per_epoch)
        if not share:
            return images
        chosen = self.noise.uniform(1, 1, 1) < share
        return torch.where(chosen, augment(images, self.noise), images)

    def _target(self, images: Tensor, noise: Noise) -> Tensor:
        """Bytes as what the decoder is to give, (B, 1, 28, 28) in [0, 1]."""
        if self.run.recipe.binarize:
            x = binarise(images, noise.uniform(*images.shape[1:]))
        else:
            x = to_unit(images)
        return x.to(next(self.run.vae.parameters()).dtype)

    def _corrupted(self, x: Tensor) -> Tensor:
        """x with the recipe's share of its pixels replaced by uniform noise."""
        rate, shape = self.run.recipe.corruption, x.shape[1:]
        if not rate:
            return x
        replaced = self.noise.uniform(*shape) < rate
        return torch.where(replaced, self.noise.uniform(*shape).to(x.dtype), x)


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
            ended = trainer.place == 0
            # Alone, a process may stop where it likes; several have to stop at the same step.
            wanted = bool(asked) and world.size == 1
            checked = wanted or trainer.place % CHECK_EVERY == 0
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
    """The epoch's terms so far."""
    means = trainer.means()
    return ", ".join(f"{name} {means[name]:.2f}" for name in SHOWN if name in means)


def _row(run: Run) -> str:
    """The last epoch's row under HEADER."""
    record = run.epochs[-1]
    place = f"{record['epoch']}/{run.recipe.epochs}"
    loss, reconstruction, kl = (_number(record.get(name)) for name in SHOWN)
    row = f"{place:>7}  {loss:>9}  {reconstruction:>14}  {kl:>8}"
    row += f"  {record['seconds']:8.1f}  {record['peak_mb']:8d}"
    if "held_out_reconstruction" in record:
        terms = record["held_out_reconstruction"], record.get("held_out_kl", 0.0)
        row += f"  {_number(None if None in terms else sum(terms)):>9}"
    return row


def _finite(value: float) -> float | None:
    """For JSON, which knows neither NaN nor infinity."""
    return value if math.isfinite(value) else None


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
