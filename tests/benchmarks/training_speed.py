"""Training speed next to the loop of the tutorials: `python -m tests.benchmarks.training_speed`.

Three loops take turns within one run, on one thread, so that a busy machine is unfair to none:
the reference (training.reference); (a) our step on its task, grey levels and the same layer sizes;
(b) the same with the Bernoulli draw that `training.train` makes. (a) and (b) are `Trainer.step`
itself, with its schedule and moving average: there is no faster loop that nobody trains with.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from app.model.device import choose_device
from app.model.vae import VAEConfig
from tests.benchmarks.baseline import BATCH, CODES, HIDDEN, ReferenceTrainer
from training.data import DataUnavailable, data_folder, load_dataset, split, to_unit
from training.device import device_name, fastest_dtype, peak_memory, synchronize
from training.loop import PHASES, Trainer
from training.parallel import Distributed
from training.recipes import Recipe
from training.train_state import start

GREY = Recipe(
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
ROUNDS = 9
IMAGES = 512 * 24  # per loop and round
MATRIX = 1024

Steps = Iterator[Callable[[], object]]


def ours(recipe: Recipe, images: Tensor, device: torch.device) -> Trainer:
    run = start("benchmark", recipe, device, fastest_dtype(device))
    return Trainer(run, images.to(device), Distributed(0, 1, device))


def steps_of(trainer: Trainer | ReferenceTrainer) -> Steps:
    """Steps without end, each with the gathering of its batch."""
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
    """-ELBO of grey images, nats per image."""
    x = to_unit(images).to(trainer.device)
    return float(trainer.negative_elbo(x)) / len(images)


def speed(images: Tensor, device: torch.device) -> None:
    """Prints the table of rates, and where our step's time goes."""
    torch.manual_seed(0)
    grey, drawn = (ours(replace(GREY, binarize=b), images, device) for b in (False, True))
    loops: dict[str, tuple[Trainer | ReferenceTrainer, int]] = {
        "reference": (ReferenceTrainer(images, device), BATCH),
        "(a) grey": (grey, GREY.batch_size),
        "(b) drawn": (drawn, GREY.batch_size),
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
    slower = [a / b - 1 for a, b in zip(rates["(a) grey"], rates["(b) drawn"], strict=True)][1:]
    print(f"(b) takes {statistics.median(slower):.1%} longer than (a)")
    ceiling = matrix_rate(device, drawn.state.precision)
    reached = flops(drawn) * medians["(b) drawn"] / GREY.batch_size
    print(
        f"matrix products: {reached / 1e9:.1f} of {ceiling / 1e9:.1f} GFLOP/s in a step of (b), "
        f"{reached / ceiling:.0%}"
    )
    print("time of (b):", ", ".join(f"{name} {part:.0%}" for name, part in shares(drawn).items()))


def quality(images: Tensor, held_out: Tensor, device: torch.device) -> None:
    """Prints what 10 epochs of the reference and of (a) reach on held-out grey levels."""
    torch.manual_seed(0)
    print(f"\n{GREY.epochs} epochs on grey levels{'seconds':>12}{'-ELBO held out':>18}")
    reference = ReferenceTrainer(images, device)
    began = time.perf_counter()
    for _ in range(GREY.epochs):
        for x in reference.batches:
            reference.step(x)
    seconds, loss = time.perf_counter() - began, reference_loss(reference, held_out)
    print(f"{'reference':24}{seconds:10.1f}{loss:18.2f}")
    trainer = ours(GREY, images, device)
    began = time.perf_counter()
    for batch in trainer.batches():
        trainer.step(batch)
    synchronize(device)
    seconds, loss = time.perf_counter() - began, sum(trainer.measure(held_out.to(device)).values())
    print(f"{'(a)':24}{seconds:10.1f}{loss:18.2f}")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.training_speed", description=__doc__
    )
    parser.add_argument("--data", metavar="DIR", help="the four MNIST files")
    parser.add_argument("--held-out", type=int, default=10_000, metavar="N")
    parser.add_argument("--speed-only", action="store_true", help="without the 10 epochs")
    options = parser.parse_args(arguments)
    try:
        dataset = load_dataset(data_folder(options.data))
        kept, held_out = split(dataset.train, options.held_out)
    except (DataUnavailable, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    devices = dict.fromkeys((torch.device("cpu"), choose_device("auto")))
    for device in devices:
        print(f"{device_name(device)}, one thread, {fastest_dtype(device)}")
        speed(kept.images, device)
        if not options.speed_only:
            quality(kept.images, held_out.images, device)
        print(f"peak memory {peak_memory(device) / 2**20:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
