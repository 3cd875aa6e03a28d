"""An estimate of metrics.json in words."""

from typing import Any


def in_words(estimate: dict[str, Any] | None) -> str:
    """Mean ± standard error; a dash for what was not measured, ∞ where it is for some images."""
    if estimate is None:
        return "–"
    if estimate["mean"] is None:
        return "∞"
    return f"{estimate['mean']:.2f} ± {estimate['standard_error']:.2f}"
