"""The tab "How it works": the visitor's digit goes through the model in slow motion."""

from app.live.slow_pass import slow_pass


def how_it_works() -> None:
    """Lays the tab out."""
    slow_pass()
