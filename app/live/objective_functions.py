"""What the tab Objective alone asks of Python: what was kept of the trainings."""

from app.live.objective_heads import training_curves
from app.live.objective_replay import moments
from app.live.requests import Request
from app.live.wire import Payload, ServerFunction
from app.study import Study


def objective_functions(study: Study) -> list[ServerFunction]:
    """The server functions of this tab, for the bridge."""

    def variance_runs(request: Request) -> Payload:
        """Return heads, by variance head its runs epoch by epoch."""
        return training_curves(study)

    def replay(request: Request) -> Payload:
        """Return the moments of a training, and where their images and codes are."""
        if study.replay is None:
            raise ValueError("no moments of a training were kept")
        return moments(study.replay)

    return [variance_runs, replay]
