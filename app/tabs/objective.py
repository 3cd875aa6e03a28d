"""The tab "Objective": what each part of it does, on models trained with it and without it."""

from app.live.objective_panels import objective_panels
from app.study import Study


def objective(study: Study) -> None:
    """Lays the tab out."""
    objective_panels(study)
