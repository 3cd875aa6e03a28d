"""Share of pictures of each kind that are read right: `python -m tests.benchmarks.pictures`.

The scenes are drawn from a seed; weights/classifier classifies the prepared image of each. With
`--folder DIR` the pictures named in DIR/LIST.csv (file, situation, digit) are read instead.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image

from app import images
from app.registry.models import ModelRegistry
from tests.scenes import scenes
from training.evaluation.classifier import FOLDER, Classifier, predict

WEIGHTS = Path(__file__).parent.parent.parent / "weights"


def listed(folder: Path) -> Iterator[tuple[str, Image.Image, int]]:
    """Yield the pictures of a folder: situation, picture, digit."""
    with (folder / "LIST.csv").open() as file:
        for row in csv.DictReader(file):
            data = (folder / row["file"]).read_bytes()
            yield row["situation"], images.open_image(data), int(row["digit"])


def main() -> None:
    """Print the table of kinds with the share that is read right."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.pictures", description=__doc__
    )
    parser.add_argument("--count", type=int, default=10, help="pictures of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="of pictures, in place of drawn scenes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    typicality = ModelRegistry(WEIGHTS, torch.device("cpu")).typicality
    classifier = Classifier.from_pretrained(FOLDER)
    right: dict[str, list[bool]] = defaultdict(list)
    pictures = listed(options.folder) if options.folder else scenes(options.count, options.seed)
    for kind, picture, digit in pictures:
        right[kind].append(read_right(classifier, picture, digit, typicality))
    for kind, results in right.items():
        print(f"{sum(results):4d} of {len(results):3d}  {kind}", flush=True)
    results = [result for of_kind in right.values() for result in of_kind]
    print(f"{sum(results):4d} of {len(results):3d}  all: {sum(results) / len(results):.1%}")


def read_right(
    classifier: Classifier, picture: Image.Image, digit: int, typicality: images.Typicality | None
) -> bool:
    """Return whether the classifier reads the digit in what the app makes of a picture."""
    try:
        x = images.prepare(picture, typicality)
    except ValueError:
        return False
    _, probabilities = predict(classifier, torch.tensor(x)[None, None])
    return int(probabilities.argmax()) == digit


if __name__ == "__main__":
    main()
