"""Training speed next to the loop of the tutorials: `python -m tests.benchmarks.training_speed`.

Three loops take turns within one run, on one thread, so that a busy machine slows all alike:
the reference (baseline.py); (a) our step on its task, gray levels and the same layer sizes;
(b) the same with the Bernoulli draw that `training.train` makes. (a) and (b) are `Trainer.step`
itself, with its schedule and moving average: the loop that is measured is the loop that trains.
"""

import argparse
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from app.model.device import choose_device
from app.model.vae import VAEConfig
from tests.benchmarks.baseline import BATCH, CODES, HIDDEN, ReferenceTrainer
from training.command import expect_between, finish
from training.data import data_folder, load_dataset, split, to_unit
from training.device import device_name, peak_memory, synchronize
from training.loop import PHASES, Trainer
from training.parallel import Distributed
from training.precision import fastest_precision, step_seconds
from training.recipes import FLAGSHIPS, Recipe
from training.train_state import start

GRAY = Recipe(
    model=VAEConfig(
        latent_dim=CODES,
        encoder_width=HIDDEN,
        decoder_width=HIDDEN,
        encoder_blocks=0,
        decoder_blocks=0,
    ),
    epochs=10,
    batch_size=512,
    learning_rate=8e-3,
    binarize=False,
)
# As good as 10 epochs of the reference, as soon as possible: chosen on held-out training images.
QUICK = replace(
    GRAY,
    epochs=3,
    batch_size=224,
    learning_rate=1.4e-2,
    warmup_epochs=0.2,
    cooldown="linear",
    beta2=0.98,
    ema_decay=0.99,
    output_bias=True,
)
REFERENCE_EPOCHS = 10
ROUNDS = 9
IMAGES = 512 * 24  # per loop and round
MATRIX = 1024

Steps = Iterator[Callable[[], object]]


def ours(recipe: Recipe, images: Tensor, device: torch.device) -> Trainer:
    run = start("benchmark", recipe, device, fastest_precision(recipe, device))
    return Trainer(run, images.to(device), Distributed(0, 1, device))


def steps_of(trainer: Trainer | ReferenceTrainer) -> Steps:
    """Yield steps without end, each of which gathers its batch."""
    while True:
        batches = trainer.batches() if isinstance(trainer, Trainer) else iter(trainer.batches)
        while (batch := next(batches, None)) is not None:
            yield lambda batch=batch: trainer.step(batch)  # type: ignore[misc]
        if isinstance(trainer, Trainer):
            trainer.state.step = 0  # the schedule from its beginning


def rate(steps: Steps, batch: int, device: torch.device) -> float:
    """Images per second over IMAGES images."""
    synchronize(device)
    began = time.perf_counter()
    for step in islice(steps, IMAGES // batch):
        step()
    synchronize(device)
    return IMAGES // batch * batch / (time.perf_counter() - began)


def matrix_rate(device: torch.device, precision: str) -> float:
    """FLOP/s of square matrix products on this device, the best of several."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    matrix = torch.rand(MATRIX, MATRIX, device=device, dtype=dtype)
    seconds = []
    for _ in range(10):
        synchronize(device)
        began = time.perf_counter()
        matrix @ matrix
        synchronize(device)
        seconds.append(time.perf_counter() - began)
    return 2 * MATRIX**3 / min(seconds)


def flops(trainer: Trainer) -> float:
    """Floating-point operations of the matrix products of one step."""
    with FlopCounterMode(display=False) as counter:
        trainer.step(next(trainer.batches()))
    return float(counter.get_total_flops())


def shares(trainer: Trainer) -> dict[str, float]:
    """Which part of a step's time goes into which of its phases."""
    with profile(activities=[ProfilerActivity.CPU]) as measured:
        for batch in islice(trainer.batches(), 20):
            trainer.step(batch)
            synchronize(trainer.distributed.device)
    totals = {event.key: event.cpu_time_total for event in measured.key_averages()}
    whole = sum(totals[phase] for phase in PHASES)
    return {phase: totals[phase] / whole for phase in PHASES}


@torch.inference_mode()
def reference_loss(trainer: ReferenceTrainer, images: Tensor) -> float:
    """Return -ELBO of gray images, in nats per image."""
    x = to_unit(images).to(trainer.device)
    return float(trainer.negative_elbo(x)) / len(images)


def speed(images: Tensor, device: torch.device) -> None:
    """Print the table of rates and the share of each phase in our step."""
    torch.manual_seed(0)
    gray, drawn = (ours(replace(GRAY, binarize=b), images, device) for b in (False, True))
    loops: dict[str, tuple[Trainer | ReferenceTrainer, int]] = {
        "reference": (ReferenceTrainer(images, device), BATCH),
        "(a) gray": (gray, GRAY.batch_size),
        "(b) drawn": (drawn, GRAY.batch_size),
    }
    going = {name: (steps_of(trainer), batch) for name, (trainer, batch) in loops.items()}
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS + 1):
        for name, (steps, batch) in going.items():
            rates[name].append(rate(steps, batch, device))
    medians = {name: statistics.median(values[1:]) for name, values in rates.items()}  # warm
    print(f"\n{'images/s':12}{'median':>10}{'least':>10}{'most':>10}{'x reference':>14}")
    for name, median in medians.items():
        least, most = min(rates[name][1:]), max(rates[name][1:])
        ratios = [
            ours / theirs for ours, theirs in zip(rates[name], rates["reference"], strict=True)
        ][1:]
        print(f"{name:12}{median:10,.0f}{least:10,.0f}{most:10,.0f}", end="")
        print(f"{statistics.median(ratios):14.2f}")
    slower = [a / b - 1 for a, b in zip(rates["(a) gray"], rates["(b) drawn"], strict=True)][1:]
    print(f"(b) takes {statistics.median(slower):.1%} longer than (a)")
    ceiling = matrix_rate(device, drawn.state.precision)
    reached = flops(drawn) * medians["(b) drawn"] / GRAY.batch_size
    print(
        f"matrix products: {reached / 1e9:.1f} of {ceiling / 1e9:.1f} GFLOP/s in a step of (b), "
        f"{reached / ceiling:.0%}"
    )
    print("time of (b):", ", ".join(f"{name} {part:.0%}" for name, part in shares(drawn).items()))


@dataclass(frozen=True)
class Sooner:
    """One comparison: seconds and -ELBO on held-out images of the reference and of ours."""

    reference_seconds: float
    reference_loss: float
    seconds: float
    loss: float

    @property
    def ratio(self) -> float:
        """How many times sooner ours ended at least as good; NaN if it was not as good."""
        reached = self.loss <= self.reference_loss
        return self.reference_seconds / self.seconds if reached else math.nan


def compare(images: Tensor, held_out: Tensor, device: torch.device, seed: int) -> Sooner:
    """Return what 10 epochs of the reference reach, and when QUICK reaches it.

    They take turns, an epoch of the reference and a tenth of ours, so that a busy machine slows
    both alike.
    """
    torch.manual_seed(seed)
    reference = ReferenceTrainer(images, device)
    trainer = ours(replace(QUICK, seed=seed), images, device)
    batches = trainer.batches()
    share = math.ceil(trainer.total_steps / REFERENCE_EPOCHS)
    theirs = own = 0.0
    for _ in range(REFERENCE_EPOCHS):
        began = time.perf_counter()
        for x in reference.batches:
            reference.step(x)
        synchronize(device)
        between = time.perf_counter()
        for batch in islice(batches, share):
            trainer.step(batch)
        synchronize(device)
        theirs, own = theirs + between - began, own + time.perf_counter() - between
    loss = sum(trainer.measure(held_out.to(device)).values())
    return Sooner(theirs, reference_loss(reference, held_out), own, loss)


def sooner(images: Tensor, held_out: Tensor, device: torch.device, runs: int) -> None:
    """Print how many times sooner ours is as good as the reference, with the spread of runs."""
    print(f"\n-ELBO of {len(held_out):,} held-out gray images, nats; one thread each")
    print(f"{'run':>4}{'reference':>12}{'seconds':>9}{'ours':>9}{'seconds':>9}{'ratio':>8}")
    found = []
    for seed in range(runs):
        found.append(run := compare(images, held_out, device, seed))
        theirs = f"{run.reference_loss:12.2f}{run.reference_seconds:9.1f}"
        print(f"{seed:4}{theirs}{run.loss:9.2f}{run.seconds:9.1f}{run.ratio:8.2f}", flush=True)
    ratios = [0.0 if math.isnan(run.ratio) else run.ratio for run in found]
    median, least, most = statistics.median(ratios), min(ratios), max(ratios)
    print(f"as good {median:.2f} times sooner: median of {runs}, from {least:.2f} to {most:.2f}")


def with_all_cores(images: Tensor, device: torch.device) -> None:
    """Print the seconds of QUICK with every core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)
    trainer = ours(QUICK, images, device)
    began = time.perf_counter()
    for batch in trainer.batches():
        trainer.step(batch)
    synchronize(device)
    seconds = time.perf_counter() - began
    print(f"ours with {torch.get_num_threads()} threads: {seconds:.1f} seconds")
    torch.set_num_threads(threads)


def precisions(device: torch.device) -> None:
    """Print what a training step takes in each precision, and which one `training.train` uses."""
    for name, recipe in (("784-400-20", GRAY), *FLAGSHIPS.items()):
        seconds = step_seconds(recipe, device)
        times = ", ".join(f"{kind} {1000 * value:.0f} ms" for kind, value in seconds.items())
        print(f"step of {name}: {times}: {min(seconds, key=lambda kind: seconds[kind])}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.training_speed", description=__doc__
    )
    parser.add_argument("--data", metavar="DIR", help="the four MNIST files")
    parser.add_argument("--held-out", type=int, default=10_000, metavar="N")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of the comparison")
    parser.add_argument(
        "--only", choices=("speed", "sooner", "precision"), help="one part of the three"
    )
    options = parser.parse_args(arguments)
    return finish(lambda: _run(options), "interrupted")


def _run(options: argparse.Namespace) -> int:
    expect_between("--runs", options.runs, 1)
    dataset = load_dataset(data_folder(options.data))
    kept, held_out = split(dataset.train, options.held_out)
    torch.set_num_threads(1)
    parts = (options.only,) if options.only else ("speed", "sooner", "precision")
    for device in dict.fromkeys((torch.device("cpu"), choose_device("auto"))):
        print(f"{device_name(device)}, {os.cpu_count()} cores, {fastest_precision(QUICK, device)}")
        if "speed" in parts:
            speed(kept.images, device)
        if "sooner" in parts:
            sooner(kept.images, held_out.images, device, options.runs)
            with_all_cores(kept.images, device)
        if "precision" in parts:
            precisions(device)
        print(f"peak memory {peak_memory(device) / 2**20:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
