"""Conversion of the snapshots of a training run into a replay: `python -m training.snapshots`.

The replay has, for each snapshot, an image of the decoded latent plane, the codes of test images,
and the mean terms.
"""

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from app.model.inference import Array
from app.model.vae import VAE
from app.registry.ablations import FOLDER as STUDY
from app.registry.ablations import REPLAY, VAE_NAME
from training.checkpoint import write_atomically
from training.command import finish
from training.data import data_folder, load_dataset, to_unit, user_cache
from training.evaluation.metrics import encode_gray
from training.reports.previews import plane

COUNT = 2000  # test images


def replay(run_dir: Path, x: Array, labels: Array, output: Path) -> None:
    """Write moments.json, codes.npz and an image for each snapshot of a run.

    Args:
        run_dir: run directory of a training with two latent dimensions.
        x: (N, 28, 28) in [0, 1], test images to encode with each snapshot.
        labels: (N,).
        output: folder of the replay.

    Raises:
        ValueError: the run has no snapshots.
    """
    folders = sorted((run_dir / "snapshots").glob("step-*"))
    if not folders:
        raise ValueError(f"{run_dir}: expected snapshots, got none; train with --snapshots 40")
    per_epoch = _steps_per_epoch(run_dir)
    snapshots, mu = [], []
    for folder in folders:
        vae, step = VAE.from_pretrained(folder), int(folder.name.removeprefix("step-"))
        codes = encode_gray(vae, x)
        image = f"{folder.name}.png"
        write_atomically(output / image, plane(vae))
        snapshots.append(_snapshot(step, per_epoch, codes, image))
        mu.append(codes["mu"])
    buffer = io.BytesIO()
    codes_of_all = np.stack(mu).astype(np.float16)
    np.savez_compressed(buffer, mu=codes_of_all, label=labels.astype(np.uint8))
    write_atomically(output / "codes.npz", buffer.getvalue())
    index = {"steps_per_epoch": per_epoch, "images": len(x), "moments": snapshots}
    write_atomically(output / "moments.json", (json.dumps(index, indent=1) + "\n").encode())


def _snapshot(step: int, per_epoch: int, codes: dict[str, Array], image: str) -> dict[str, Any]:
    terms = {name: round(float(codes[name].mean()), 4) for name in ("reconstruction", "kl")}
    return {"step": step, "epoch": round(step / per_epoch, 4), **terms, "plane": image}


def _steps_per_epoch(run_dir: Path) -> int:
    first_epoch = json.loads((run_dir / "training.jsonl").read_text().splitlines()[1])
    steps: int = first_epoch["step"]
    return steps


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.snapshots", description=__doc__)
    name = f"{STUDY}/{VAE_NAME}"
    parser.add_argument(
        "--run-dir",
        type=Path,
        metavar="DIR",
        default=user_cache() / "runs" / name,
        help="run directory",
    )
    parser.add_argument("--output", type=Path, metavar="DIR", default=Path("weights") / REPLAY)
    parser.add_argument("--data", metavar="DIR", help="folder with the four MNIST files")
    options = parser.parse_args(arguments)
    return finish(lambda: _run(options), "interrupted; the same command writes all files again")


def _run(options: argparse.Namespace) -> int:
    test = load_dataset(data_folder(options.data)).test
    x = to_unit(test.images[:COUNT]).squeeze(1).numpy()
    replay(options.run_dir, x, test.labels[:COUNT].numpy(), options.output)
    print(f"replay in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
