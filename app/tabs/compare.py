"""The tab "Compare": the autoencoder family side by side, on the same picture, code and path."""

from app.live.compare_panels import compare_panels
from app.study import Study


def compare(study: Study) -> None:
    """Lays the tab out."""
    compare_panels(study)
