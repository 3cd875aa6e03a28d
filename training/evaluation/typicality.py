"""Typicality of digits under the shipped models: `python -m training.evaluation.typicality`.

Writes weights/typicality.json: for each model, a linear fit of -ELBO to the length of an image's
outline, on the last 5,000 training images; the limits that 1 % of these images exceed; and the
share of other images that exceed them. The app reads it (app/registry/typicality.py).
"""

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.images import Line, outline
from app.model.inference import Array, negative_elbo_at_mean
from app.model.vae import VAE
from app.registry.typicality import FILE
from training.checkpoint import fingerprint, write_atomically
from training.command import finish
from training.data import ImageSet, data_folder, load_dataset, split, to_unit
from training.evaluation.non_digits import non_digits

WEIGHTS = Path("weights")
# Small models, which are fast. The page chooses readings of an upload by the first one alone.
MODELS = ("study/vae-32d", "study/vae")
HELD_OUT = 5_000
TEST = 1_000
FALSE_ALARMS = 0.01
BATCH = 500


def fit_line(vae: VAE, digits: Array) -> Line:
    """Return the least-squares line of the -ELBO of digits (N, 28, 28) as a function of outline."""
    scores = partial(negative_elbo_at_mean, vae)
    cost, length = _in_batches(scores, digits), outline(digits)
    slope, intercept = np.polyfit(length, cost, 1)
    deviation = float((cost - intercept - slope * length).std())
    return Line(scores, float(intercept), float(slope), deviation)


def measure(weights: Path, train: Array, others: dict[str, Array]) -> dict[str, Any]:
    """Return the content of typicality.json.

    Args:
        weights: the folder of the MODELS.
        train: validation digits (N, 28, 28).
        others: other images by name, (N, 28, 28) each.
    """
    lines = {name: fit_line(VAE.from_pretrained(weights / name), train) for name in MODELS}
    first, *_ = lines.values()
    digit_limit = _limit(_largest(lines, train))
    return {
        "validation_images": len(train),
        "limit": round(_limit(_in_batches(first, train)), 4),
        "digit_limit": round(digit_limit, 4),
        "models": {name: _described(weights / name, line) for name, line in lines.items()},
        "share_above_digit_limit": {
            name: round(float(np.mean(_largest(lines, images) > digit_limit)), 4)
            for name, images in others.items()
        },
    }


def _limit(deviation: Array) -> float:
    return float(np.quantile(deviation, 1 - FALSE_ALARMS))


def _largest(lines: dict[str, Line], images: Array) -> Array:
    largest: Array = np.max([_in_batches(line, images) for line in lines.values()], axis=0)
    return largest


def _in_batches(function: Any, images: Array) -> Array:
    batches = np.array_split(images, max(1, len(images) // BATCH))
    return np.concatenate([function(batch) for batch in batches])


def _described(folder: Path, line: Line) -> dict[str, Any]:
    return {
        "weights_sha256": fingerprint((folder / "model.safetensors").read_bytes()),
        "intercept": round(line.intercept, 4),
        "slope": round(line.slope, 4),
        "deviation": round(line.deviation, 4),
    }


def _arrays(images: ImageSet) -> Array:
    array: Array = to_unit(images.images)[:, 0].numpy()
    return array


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.typicality", description=__doc__
    )
    parser.add_argument("--data", metavar="DIR", help="the four MNIST files")
    parser.add_argument(
        "--other", type=Path, metavar="DIR", action="append", default=[], help="other test images"
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS, metavar="DIR")
    options = parser.parse_args(arguments)
    return finish(lambda: _run(options), "interrupted; nothing was written")


def _run(options: argparse.Namespace) -> int:
    dataset = load_dataset(data_folder(options.data))
    validation = _arrays(split(dataset.train, HELD_OUT)[1])
    others = {"test digits": _arrays(dataset.test), **non_digits(validation, TEST)}
    for folder in options.other:
        others[folder.name] = _arrays(load_dataset(folder).test)[:TEST]
    content = measure(options.weights, validation, others)
    write_atomically(options.weights / FILE, (json.dumps(content, indent=2) + "\n").encode())
    for name, share in content["share_above_digit_limit"].items():
        print(f"{share:7.1%}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
