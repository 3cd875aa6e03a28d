"""kill -9 at random moments of a real training process: `python -m tests.interruption --times 20`.

After each kill the checkpoint must load and the weights folder be whole or absent; after the last,
`--resume` must end bit for bit where a run that nobody touched ends.
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
MACHINE = ["--device", "cpu", "--precision", "float32"]


def start(data: Path, folder: Path, *options: str) -> subprocess.Popen[str]:
    """A training process with its state and weights below `folder`, saving as often as it can."""
    places = ["--data", data, "--run-dir", folder / "run", "--output", folder / "weights"]
    command = [sys.executable, "-m", "training.train", RECIPE, *map(str, places)]
    return subprocess.Popen(
        [*command, *OPTIONS, *MACHINE, "--checkpoint-seconds", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lifetime(process: subprocess.Popen[str]) -> float:
    """Waits for a run to end well; the seconds from its first line, with all loaded, to there."""
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return time.monotonic() - began


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kills a run some seconds after its first line; whether it was still going."""
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
    """The step of the checkpoint, 0 without one; whatever weights are there must load."""
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
    """The two runs' states and weights are the same, bit for bit."""
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
    """Kills a run `times` times, resuming it after each; the steps that survived.

    A run that ends before it is killed is compared, does not count, and starts anew.
    """
    data, chance = write_bars(folder / "data", 640), random.Random(seed)
    whole, parts = folder / "whole", folder / "parts"
    seconds = lifetime(start(data, whole))
    steps: list[int] = []
    while len(steps) < times:
        if kill_after(start(data, parts, "--resume"), chance.uniform(0, seconds)):
            steps.append(surviving_step(parts))
        else:
            expect_same(parts, whole)
            shutil.rmtree(parts)
    lifetime(start(data, parts, "--resume"))
    expect_same(parts, whole)
    return steps


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interruption", description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        steps = interrupt(Path(folder), options.times, options.seed)
    print(f"killed {len(steps)} times; the checkpoints held steps {steps}; all ended the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
