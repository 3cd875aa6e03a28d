"""An estimate of metrics.json in words."""

from typing import Any


def in_words(estimate: dict[str, Any] | None, decimals: int = 2) -> str:
    """Mean ± standard error; a dash for what was not measured, ∞ where it is for some images."""
    if estimate is None:
        return "–"
    if estimate["mean"] is None:
        return "∞"
    return f"{estimate['mean']:.{decimals}f} ± {estimate['standard_error']:.{decimals}f}"
