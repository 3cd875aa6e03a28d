"""Serves the demo: `python app.py`, then open http://127.0.0.1:7860."""

import os
import sys
import warnings
from pathlib import Path

import torch

from app.model.device import choose_device
from app.registry.models import ModelRegistry
from app.server import bypass_proxy, launch, private_uploads, requested_port, share_heaps
from app.ui import build, launch_options

WEIGHTS = Path(__file__).parent / "weights"
# A computation that releases the interpreter lock waits up to this long to get it back from the
# thread that answers requests. With Python's default of 5 ms eight clients got fewer answers a
# second.
SWITCH_INTERVAL = 0.0005  # seconds


def main(weights: Path = WEIGHTS) -> int:
    """Serve the page; return the exit code."""
    warnings.filterwarnings("ignore", module="PIL")  # about damaged uploads, which get an answer
    # A batch of one is too small to share: a second thread would only wait for the first, and for
    # whatever else the machine is doing.
    torch.set_num_threads(1)
    sys.setswitchinterval(SWITCH_INTERVAL)
    share_heaps()
    bypass_proxy()
    try:
        port = requested_port()
        registry = ModelRegistry(weights, choose_device(os.environ.get("DEVICE") or "auto"))
        with private_uploads():
            page = build(registry).queue(max_size=64, default_concurrency_limit=2)
            launch(page, port, **launch_options(registry))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
