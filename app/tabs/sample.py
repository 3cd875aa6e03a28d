"""The Sample tab: new digits from z ~ N(0, I)."""

from app.live.sample_grid import sample_grid


def sample() -> None:
    """Lays the tab out; the component does the rest through the page's bridge."""
    sample_grid()
