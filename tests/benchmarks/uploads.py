"""Share of images of each kind that are read right: `python -m tests.benchmarks.uploads`.

The scenes are drawn from a seed; weights/classifier classifies the prepared image of each. With
`--folder DIR` the images named in DIR/LIST.csv (file, situation, digit) are read instead. With
`--speed` it prints the processor time of reading files.
"""

import argparse
import csv
import io
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

import torch
from PIL import Image

from app import images
from app.registry.models import ModelRegistry
from tests.paths import WEIGHTS
from tests.scenes import scenes
from training.evaluation.classifier import FOLDER, Classifier, predict

SPEED_COUNT = 20  # images of each kind below
SPEED_KINDS = ("clean_drawing", "shaded_paper", "squared_paper", "desk_dark")


def listed(folder: Path) -> Iterator[tuple[str, Image.Image, int]]:
    """Yield the images of a folder: situation, image, digit."""
    with (folder / "LIST.csv").open() as file:
        for row in csv.DictReader(file):
            data = (folder / row["file"]).read_bytes()
            yield row["situation"], images.open_image(data), int(row["digit"])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.uploads", description=__doc__)
    parser.add_argument("--count", type=int, default=10, help="images of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="of images, in place of drawn scenes")
    parser.add_argument("--speed", action="store_true", help="how long reading takes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    typicality = ModelRegistry(WEIGHTS, torch.device("cpu")).typicality
    if options.speed:
        print_speed(options.seed, typicality)
    else:
        folder = options.folder
        print_shares(listed(folder) if folder else scenes(options.count, options.seed), typicality)


def print_shares(
    uploads: Iterable[tuple[str, Image.Image, int]], typicality: images.Typicality | None
) -> None:
    """Print the table of kinds with the share that is read right."""
    classifier = Classifier.from_pretrained(FOLDER)
    right: dict[str, list[bool]] = defaultdict(list)
    for kind, image, digit in uploads:
        right[kind].append(read_right(classifier, image, digit, typicality))
    for kind, results in right.items():
        print(f"{sum(results):4d} of {len(results):3d}  {kind}", flush=True)
    results = [result for of_kind in right.values() for result in of_kind]
    print(f"{sum(results):4d} of {len(results):3d}  all: {sum(results) / len(results):.1%}")


def read_right(
    classifier: Classifier, image: Image.Image, digit: int, typicality: images.Typicality | None
) -> bool:
    """Return whether the classifier reads the digit in what the app makes of an image."""
    try:
        x = images.read_image(image, typicality).x
    except ValueError:
        return False
    _, probabilities = predict(classifier, torch.tensor(x)[None, None])
    return int(probabilities.argmax()) == digit


def print_speed(seed: int, typicality: images.Typicality | None) -> None:
    """Print how long reading takes, from the bytes of a file to the prepared image."""
    files = defaultdict(list)
    for kind, image, _ in scenes(SPEED_COUNT, seed):
        if kind in SPEED_KINDS:
            for side, name in ((280, "PNG"), (3464, "JPEG")):  # the second has 12 megapixels
                file = io.BytesIO()
                resized = image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
                resized.save(file, name)
                files[kind, f"{name} of {side} x {side} pixels"].append(file.getvalue())
    for (kind, size), data in files.items():
        taken = sorted(1e3 * _seconds(file, typicality) for file in data)
        print(f"median {median(taken):5.1f} ms, at most {taken[-1]:5.1f} ms  {kind}, {size}")


def _seconds(data: bytes, typicality: images.Typicality | None) -> float:
    """Return the processor time in seconds of reading a file, the least of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        images.read_image(images.open_image(data), typicality)
        taken.append(time.process_time() - start)
    return min(taken)


if __name__ == "__main__":
    main()
