"""Kills of a training process at random times: `python -m tests.training.interruption --times 20`.

After each `kill -9` the checkpoint and any weights must load. After the last, `--resume` must give
bit-exactly the result of an uninterrupted run.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.model.vae import VAE
from tests.bars import write_bars
from training.checkpoint import load_checkpoint

RECIPE = "vae-2d"
OPTIONS = ["--epochs", "4", "--batch-size", "32", "--snapshots", "5"]
DEVICE = ["--device", "cpu", "--precision", "float32"]


def start(data: Path, folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start a training with its state and weights in `folder` and a checkpoint at every check."""
    paths = ["--data", data, "--run-dir", folder / "run", "--output", folder / "weights"]
    command = [sys.executable, "-m", "training.train", RECIPE, *map(str, paths)]
    return subprocess.Popen(
        [*command, *OPTIONS, *DEVICE, "--checkpoint-seconds", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lifetime(process: subprocess.Popen[str]) -> float:
    """Wait for a successful run, and return the seconds from its first printed line to its end."""
    assert process.stdout is not None
    process.stdout.readline()
    start_time = time.monotonic()
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return time.monotonic() - start_time


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a run some seconds after its first printed line; return whether it was running."""
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(timeout=seconds)
        killed = process.returncode != 0
    except subprocess.TimeoutExpired:
        killed = True
    process.kill()
    process.communicate()
    return killed


def surviving_step(folder: Path) -> int:
    """Load all weights and the checkpoint; return its step, or 0 without a checkpoint."""
    snapshots = (folder / "run" / "snapshots").glob("step-???????")
    for weights in (folder / "weights", *snapshots):
        if weights.exists():
            VAE.from_pretrained(weights)
    checkpoint = folder / "run" / "checkpoint.safetensors"
    if not checkpoint.exists():
        return 0
    _, state = load_checkpoint(checkpoint.read_bytes())
    step: int = state["step"]
    return step


def expect_same(folder: Path, whole: Path) -> None:
    """Compare the checkpoints and weights of two runs bit by bit."""
    (first, _), (second, _) = (
        load_checkpoint((run / "run" / "checkpoint.safetensors").read_bytes())
        for run in (folder, whole)
    )
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert tensor.equal(second[name]), name
    weights = [run / "weights" / "model.safetensors" for run in (folder, whole)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def interrupt(folder: Path, times: int, seed: int) -> list[int]:
    """Kill a run `times` times, resume it after each, and return the steps of the checkpoints.

    A run that ends before it is killed is compared and restarted, and does not count. The next one
    is killed sooner: the machine may have become faster.
    """
    data, generator = write_bars(folder / "data", 640), random.Random(seed)
    whole, parts = folder / "whole", folder / "parts"
    seconds = lifetime(start(data, whole))
    steps: list[int] = []
    while len(steps) < times:
        if kill_after(start(data, parts, "--resume"), generator.uniform(0, seconds)):
            steps.append(surviving_step(parts))
        else:
            expect_same(parts, whole)
            shutil.rmtree(parts)
            seconds *= 0.7
    lifetime(start(data, parts, "--resume"))
    expect_same(parts, whole)
    return steps


def main() -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.training.interruption", description=__doc__
    )
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        steps = interrupt(Path(folder), options.times, options.seed)
    print(f"killed {len(steps)} times; the checkpoints had steps {steps}; all results are equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
