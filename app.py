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
# A thread that has released the interpreter lock for a computation waits up to this long to get it
# back. With Python's default of 5 ms the server answered fewer requests of eight clients.
SWITCH_INTERVAL = 0.0005  # seconds


def main(weights: Path = WEIGHTS) -> int:
    """Serve the page; return the exit code."""
    # Pillow warns about damaged uploads, for which the visitor gets an error message.
    warnings.filterwarnings("ignore", module="PIL")
    # A batch of one image is too small to divide: a second thread would only wait for the first.
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
