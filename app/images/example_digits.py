"""The ready digits: drawings that a visitor can start from."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")


def example_digits() -> list[Any]:
    """Return the digits 0 to 9, each a list of strokes of points [x, y] in [0, 1]."""
    digits: list[Any] = json.loads(FILE.read_text())
    return digits
