"""Fit what -ELBO a digit of a given outline has: `python -m training.evaluation.typicality`.

Writes typicality.json next to the weights, from the last 5,000 training images. The app chooses
among the readings of an uploaded image by it (app.typicality).
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from app.images import outline
from app.model.inference import Array, negative_elbo_at_mean
from app.model.vae import VAE
from app.registry.typicality import FILE, Line, fit_line
from training.checkpoint import fingerprint, write_atomically
from training.data import DataUnavailable, data_folder, load_dataset, split, to_unit

FOLDER = Path(__file__).parent.parent / "weights" / "study" / "vae-32d"
HELD_OUT = 5_000
BATCH = 500


def measure(vae: VAE, validation: Array) -> Line:
    """Return the line of a model over validation digits (N, 28, 28)."""
    batches = np.array_split(validation, max(1, len(validation) // BATCH))
    cost = np.concatenate([negative_elbo_at_mean(vae, batch) for batch in batches])
    return fit_line(cost, outline(validation))


def write(folder: Path, validation: Array) -> Line:
    """Write typicality.json into a weights folder and return what it holds."""
    line = measure(VAE.from_pretrained(folder), validation)
    content = {
        "weights_sha256": fingerprint((folder / "model.safetensors").read_bytes()),
        "validation_images": len(validation),
        **{name: round(value, 4) for name, value in line.to_dict().items()},
    }
    write_atomically(folder / FILE, (json.dumps(content, indent=2) + "\n").encode())
    return line


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.typicality", description=__doc__
    )
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="weights to measure")
    parser.add_argument("--data", metavar="DIR", help="the four MNIST files")
    options = parser.parse_args(arguments)
    try:
        train = load_dataset(data_folder(options.data)).train
        _, held_out = split(train, HELD_OUT)
        line = write(options.folder, to_unit(held_out.images)[:, 0].numpy())
    except (DataUnavailable, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(
        f"{options.folder}: -ELBO = {line.intercept:.2f} + {line.slope:.3f} x outline, "
        f"± {line.deviation:.2f} nats; 1 % of digits exceed {line.limit:.2f} deviations"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
