"""The training loop: steps, checks for divergence, epochs and checkpoints.

All images are in memory as bytes. Each step gathers a batch, draws its binarization and epsilon,
and updates the weights and their moving average. All random numbers come from `training.noise`, so
that a resumed run is bit-exact and several processes compute the same as one.
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
from training.data import binarize, to_unit
from training.device import autocast, peak_memory
from training.initialization import set_output_bias
from training.noise import Noise, noise_seed, replace_dropout
from training.objective import Objective, term_names
from training.parallel import Distributed
from training.recipes import Recipe
from training.schedule import augment_prob, kl_weight, learning_rate, snapshot_steps
from training.train_state import TrainState, save_state, update_average, write_log

DIVERGED = 10.0  # training has diverged if a term exceeds this multiple of the first loss
CHECK_EVERY = 20  # steps; each check synchronizes the device and the processes
HELD_OUT_BATCH = 1000
PRINTED_TERMS = ("loss", "reconstruction", "kl")
PHASES = ("data", "forward", "backward", "update")  # names of a step's phases in a profile
HEADER = "  epoch       loss  reconstruction        KL   seconds   peak MB   held out"


def columns(recipe: Recipe) -> list[str]:
    """Return the columns of the log: means over the steps of an epoch; the last one is a count."""
    return [*term_names(recipe), "gradient_norm", "lost_steps"]


class Diverged(RuntimeError):
    """A term of the objective that is not finite or far above the first loss."""


class Trainer:
    """The training steps of a run, for this process's part of each batch.

    Args:
        state: state of the run, updated in place.
        images: uint8 (N, 1, 28, 28) on the run's device. Each epoch leaves out the remainder of its
            shuffled images that does not fill a batch.
        distributed: the processes; each has all images and computes its rows of every batch.
        held_out: uint8 (M, 1, 28, 28), images for validation after each epoch.

    Raises:
        ValueError: the images do not fill a batch, or differ in number from the checkpoint's, or a
            batch is not a multiple of the processes.
    """

    def __init__(
        self,
        state: TrainState,
        images: Tensor,
        distributed: Distributed,
        held_out: Tensor | None = None,
    ) -> None:
        batch_size = state.recipe.batch_size
        if len(images) < batch_size:
            raise ValueError(
                f"{len(images)} images do not fill a batch of {batch_size}: give a smaller "
                "--batch-size"
            )
        if state.step and state.images != len(images):
            raise ValueError(
                f"expected the {state.images} training images of the checkpoint, got {len(images)}"
                "; give the same --data and --held-out"
            )
        self.state, self.images, self.distributed = state, images, distributed
        self.held_out = held_out
        state.images, state.processes = len(images), distributed.size
        state.held_out = 0 if held_out is None else len(held_out)
        self.per_epoch = len(images) // batch_size
        self.rows = distributed.rows(batch_size)
        self.noise = Noise(state.recipe.seed, batch_size, self.rows, distributed.device)
        replace_dropout(state.vae, self.noise)
        if state.step == 0 and state.recipe.output_bias:
            for vae in (state.vae, state.averaged):
                set_output_bias(vae, images)
        if len(state.sums) == 0:
            state.sums = torch.zeros(len(columns(state.recipe)), device=distributed.device)
        self.objective = distributed.wrap(Objective(state.vae, state.recipe)).train()

    @property
    def total_steps(self) -> int:
        """Return the number of steps in the whole run."""
        return self.per_epoch * self.state.recipe.epochs

    @property
    def step_in_epoch(self) -> int:
        """Return the number of finished steps of this epoch."""
        return self.state.step % self.per_epoch

    def batches(self) -> Iterator[Tensor]:
        """Yield the indices of this process's images, (rows,), for each remaining step."""
        state, used = self.state, self.per_epoch * self.state.recipe.batch_size
        while state.step < self.total_steps:
            epoch, step = divmod(state.step, self.per_epoch)
            generator = torch.Generator().manual_seed(noise_seed(state.recipe.seed, epoch, "order"))
            order = torch.randperm(len(self.images), generator=generator)[:used]
            order = order.view(self.per_epoch, -1)[step:, self.rows]
            yield from order.to(self.distributed.device)

    def step(self, batch: Tensor) -> None:
        """Update the weights and their moving average from the images at these indices."""
        state, recipe = self.state, self.state.recipe
        with record_function("data"):
            self.noise.reseed(state.step)
            images = self._augment(self.images.index_select(0, batch))
            x = self._target(images, self.noise)
            eps = self.noise.normal(recipe.model.latent_dim).to(x.dtype)
            encoder_input = self._corrupt(x)
            weight = kl_weight(recipe, state.step, self.per_epoch)
        with record_function("forward"), autocast(state.precision, x.device):
            terms = self.objective(encoder_input, x, eps, weight)
        with record_function("backward"):
            state.optimizer.zero_grad()
            terms["loss"].backward()
        with record_function("update"):
            parameters = state.vae.parameters()
            norm = torch.nn.utils.clip_grad_norm_(parameters, recipe.gradient_clip)
            if self._skips(norm):
                state.sums[-1] += 1
            else:
                self._update()
                state.sums[:-1] += torch.stack([*terms.values(), norm]).detach()
        state.step += 1

    def _skips(self, norm: Tensor) -> bool:
        """Return whether the recipe skips a step whose gradient has this norm."""
        recipe = self.state.recipe
        if recipe.gradient_skip is not None:
            return not norm <= recipe.gradient_skip  # also when it is NaN
        return not (recipe.stop_at_divergence or bool(norm.isfinite()))

    def _update(self) -> None:
        """Apply the gradients to the weights, and the weights to their moving average."""
        state = self.state
        rate = learning_rate(state.recipe, state.step, self.per_epoch)
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        state.optimizer.step()
        update_average(state.averaged, state.vae, state.step, state.recipe.ema_decay)

    def check(self, stop_requested: bool = False) -> bool:
        """Average this epoch's sums over the processes and check the terms.

        Args:
            stop_requested: whether this process received a signal to stop.

        Returns:
            Whether any process received a signal to stop.

        Raises:
            Diverged: a term is not finite or has exploded, and the recipe stops at divergence.
        """
        state = self.state
        requested = state.sums.new_tensor([stop_requested])
        averaged = self.distributed.mean(torch.cat([state.sums, requested]))
        state.sums, any_requested = averaged[:-1], averaged[-1]
        means = self.means()
        if state.first_loss is None:
            state.first_loss = abs(means["loss"])
        if state.recipe.stop_at_divergence:
            self._check_divergence(means)
        return bool(any_requested > 0)

    def means(self) -> dict[str, float]:
        """Return the means over this epoch's steps by column, without skipped steps.

        They are NaN if all steps were skipped. "lost_steps" is the number of skipped steps.
        """
        *sums, skipped = self.state.sums.tolist()
        steps = (self.state.step - 1) % self.per_epoch + 1 - skipped
        means = [value / steps if steps else math.nan for value in sums]
        names = columns(self.state.recipe)
        return {**dict(zip(names, means, strict=False)), "lost_steps": skipped}

    def _check_divergence(self, means: dict[str, float]) -> None:
        first = max(self.state.first_loss or 0.0, 1.0)
        where = f"epoch {(self.state.step - 1) // self.per_epoch + 1}, step {self.state.step}"
        for name, value in means.items():
            if name not in ("reconstruction", "kl", "contraction"):
                continue
            if not math.isfinite(value):
                raise Diverged(f"{where}: the {name} term is {value}")
            if value > DIVERGED * first:
                grown = f"the {name} term has grown to {value:.4g}, the first loss was {first:.4g}"
                raise Diverged(f"{where}: {grown}")

    def end_epoch(self) -> None:
        """Append the epoch's record to the log and reset the sums."""
        state = self.state
        means = {name: _finite(value) for name, value in self.means().items()}
        record = {"epoch": state.step // self.per_epoch, "step": state.step, **means}
        record["learning_rate"] = learning_rate(state.recipe, state.step - 1, self.per_epoch)
        record["seconds"] = round(state.epoch_seconds, 2)
        record["peak_mb"] = round(peak_memory(self.distributed.device) / 2**20)
        if self.held_out is not None:
            measured = self.measure(self.held_out)
            record |= {f"held_out_{name}": _finite(value) for name, value in measured.items()}
        state.epochs.append(record)
        state.sums.zero_()
        state.epoch_seconds = 0.0

    @torch.inference_mode()
    def measure(self, images: Tensor) -> dict[str, float]:
        """Return the mean terms of the averaged weights on held-out images, in nats per image.

        Every call uses the same random numbers, so that the results of two epochs can be compared.
        The batches are distributed over the processes.

        Args:
            images: uint8 (M, 1, 28, 28).

        Returns:
            "reconstruction" and, unless the encoder is deterministic, "kl".
        """
        state, distributed = self.state, self.distributed
        vae, batches = state.averaged.eval(), torch.split(images, HELD_OUT_BATCH)
        sums = torch.zeros(2, device=distributed.device)
        for number in range(distributed.rank, len(batches), distributed.size):
            batch = batches[number]
            noise = Noise(state.recipe.seed, len(batch), slice(None), distributed.device)
            noise.reseed(number, "held out")
            x = self._target(batch, noise)
            eps = noise.normal(state.recipe.model.latent_dim).to(x.dtype)
            x_logits, mu, logvar = vae(x, eps)
            terms = -vae.log_likelihood(x_logits, x), kl_divergence(mu, logvar)
            sums += torch.stack([term.sum() for term in terms])
        total = distributed.mean(sums) * distributed.size
        reconstruction, kl = (total / len(images)).tolist()
        deterministic = state.recipe.model.variance_head == "none"
        return {"reconstruction": reconstruction} | ({} if deterministic else {"kl": kl})

    def _augment(self, images: Tensor) -> Tensor:
        """Return the images, uint8 (B, 1, 28, 28), each augmented with the current probability."""
        probability = augment_prob(self.state.recipe, self.state.step, self.per_epoch)
        if not probability:
            return images
        chosen = self.noise.uniform(1, 1, 1) < probability
        return torch.where(chosen, augment(images, self.noise), images)

    def _target(self, images: Tensor, noise: Noise) -> Tensor:
        """Return the target of the decoder, (B, 1, 28, 28) in [0, 1], for uint8 images."""
        if self.state.recipe.binarize:
            x = binarize(images, noise.uniform(*images.shape[1:]))
        else:
            x = to_unit(images)
        return x.to(next(self.state.vae.parameters()).dtype)

    def _corrupt(self, x: Tensor) -> Tensor:
        """Return x, (B, 1, 28, 28), with the recipe's fraction of its pixels replaced by noise."""
        rate, shape = self.state.recipe.corruption, x.shape[1:]
        if not rate:
            return x
        replaced = self.noise.uniform(*shape) < rate
        return torch.where(replaced, self.noise.uniform(*shape).to(x.dtype), x)


def train(
    trainer: Trainer, run_dir: Path, snapshots: int = 0, checkpoint_seconds: float = 60.0
) -> None:
    """Train from the current step to the end of the recipe.

    Args:
        trainer: the run and its images.
        run_dir: folder for checkpoint.safetensors, training.jsonl and snapshots/.
        snapshots: number of snapshots of the weights, at logarithmically spaced steps.
        checkpoint_seconds: time between two checkpoints.

    Raises:
        Diverged: a term exploded; the last checkpoint is from before.
        KeyboardInterrupt: a signal arrived; the checkpoint of the last whole step is written.
    """
    state, is_main_process = trainer.state, trainer.distributed.is_main_process
    steps_of_snapshots = set(snapshot_steps(trainer.total_steps, snapshots))
    lap = saved = time.monotonic()
    with _progress(trainer) as progress, deferred_signals() as received:
        for batch in trainer.batches():
            trainer.step(batch)
            progress.update()
            ended = trainer.step_in_epoch == 0
            # A single process can stop after any step; several have to stop after the same one.
            stop_now = bool(received) and trainer.distributed.size == 1
            checked = stop_now or trainer.step_in_epoch % CHECK_EVERY == 0
            stop = checked and trainer.check(bool(received))
            if checked:
                progress.set_postfix_str(_running_means(trainer))
            if is_main_process and state.step in steps_of_snapshots:
                save_weights(state.averaged, run_dir / "snapshots" / f"step-{state.step:07d}")
            state.epoch_seconds += time.monotonic() - lap
            if ended:
                trainer.end_epoch()
            due = checked and time.monotonic() - saved > checkpoint_seconds
            if is_main_process and (stop or due):
                save_state(state, run_dir)
                saved = time.monotonic()
            if is_main_process and ended:
                write_log(state, run_dir)
                _write(_row(state))
            if stop:
                raise KeyboardInterrupt
            lap = time.monotonic()
    if is_main_process:
        save_state(state, run_dir)


@contextmanager
def deferred_signals() -> Iterator[list[int]]:
    """Defer Ctrl-C and SIGTERM, because the state is not consistent inside a step.

    Yields:
        The numbers of the signals received so far.
    """
    received: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda number, _: received.append(number)) for kind in signals]
    try:
        yield received
    finally:
        for kind, handler in zip(signals, before, strict=True):
            signal.signal(kind, handler)


def _progress(trainer: Trainer) -> tqdm:
    """Print the table's header and return a progress bar, which only a terminal displays."""
    hidden = None if trainer.distributed.is_main_process else True
    if trainer.distributed.is_main_process:
        _write(HEADER)
    total, step = trainer.total_steps, trainer.state.step
    return tqdm(total=total, initial=step, unit="step", disable=hidden, mininterval=1.0)


def _write(line: str) -> None:
    """Print a line above the progress bar, without buffering if the output is a file."""
    tqdm.write(line)
    sys.stdout.flush()


def _running_means(trainer: Trainer) -> str:
    """Return the epoch's mean terms so far, for the progress bar."""
    means = trainer.means()
    return ", ".join(f"{name} {means[name]:.2f}" for name in PRINTED_TERMS if name in means)


def _row(state: TrainState) -> str:
    """Return the last epoch's row of the table under HEADER."""
    record = state.epochs[-1]
    epoch = f"{record['epoch']}/{state.recipe.epochs}"
    loss, reconstruction, kl = (_number(record.get(name)) for name in PRINTED_TERMS)
    row = f"{epoch:>7}  {loss:>9}  {reconstruction:>14}  {kl:>8}"
    row += f"  {record['seconds']:8.1f}  {record['peak_mb']:8d}"
    if "held_out_reconstruction" in record:
        terms = record["held_out_reconstruction"], record.get("held_out_kl", 0.0)
        row += f"  {_number(None if None in terms else sum(terms)):>9}"
    return row


def _finite(value: float) -> float | None:
    """Return None for NaN and infinity, which JSON cannot represent."""
    return value if math.isfinite(value) else None


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
