"""Serves the demo: `python app.py`, then open http://127.0.0.1:7860."""

import warnings
from pathlib import Path

import torch

from app.catalogue import Catalogue, choose_device
from app.ui import build, launch_options

WEIGHTS = Path(__file__).parent / "weights"


def main(weights: Path = WEIGHTS) -> None:
    warnings.filterwarnings("ignore", module="PIL")  # about damaged uploads, which are answered
    # A batch of one is too small to share: a second thread would only wait for the first, and for
    # whatever else the machine is doing.
    torch.set_num_threads(1)
    try:
        catalogue = Catalogue(weights, choose_device())
    except ValueError as error:
        raise SystemExit(f"error: {error}") from None
    page = build(catalogue)
    page.queue(max_size=64, default_concurrency_limit=2).launch(**launch_options(catalogue))


if __name__ == "__main__":
    main()
