"""kill -9 at random moments of a real training process: `python -m tests.interruption --times 20`.

After each kill the checkpoint must load and the weights folder be whole or absent; after the last,
`--resume` must end bit for bit where a run that nobody touched ends.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.vae import VAE
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


def finish(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate()
    assert process.returncode == 0, output


def kill_at_random(
    data: Path, folder: Path, whole: Path, seconds: float, chance: random.Random
) -> int:
    """Starts or resumes a run and kills it within `seconds` of its first sign of life.

    Returns the step that its checkpoint holds. A run that ended before is looked at and forgotten,
    so that the next one starts anew.
    """
    process = start(data, folder, "--resume")
    assert process.stdout is not None
    process.stdout.readline()  # loaded, and about to train
    try:
        process.wait(timeout=chance.uniform(0, seconds))
        ended = process.returncode == 0
    except subprocess.TimeoutExpired:
        ended = False
    process.kill()
    process.wait()
    process.stdout.close()
    for weights in (folder / "weights", *(folder / "run" / "snapshots").glob("step-???????")):
        if weights.exists():
            VAE.from_pretrained(weights)
    if ended:
        expect_same(folder, whole)
        (folder / "run" / "checkpoint.safetensors").unlink()
        return 0
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
    """Kills a run `times` times and resumes it to its end; the steps that survived each kill."""
    data, chance = write_bars(folder / "data", 640), random.Random(seed)
    began = time.monotonic()
    finish(start(data, folder / "whole"))
    seconds = 0.7 * (time.monotonic() - began)
    steps = [
        kill_at_random(data, folder / "parts", folder / "whole", seconds, chance)
        for _ in range(times)
    ]
    finish(start(data, folder / "parts", "--resume"))
    expect_same(folder / "parts", folder / "whole")
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
