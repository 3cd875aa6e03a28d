"""What the tab Objective alone asks of Python: what was kept of the trainings."""

from app.frontend.payloads import Payload, ServerFunction
from app.frontend.requests import Request
from app.registry.ablations import Study
from app.tabs.objective.replay import timeline
from app.tabs.objective.variance_heads import training_curves


def objective_functions(study: Study) -> list[ServerFunction]:
    """The server functions of this tab, for the bridge."""

    def variance_runs(request: Request) -> Payload:
        """Return heads, by variance head its runs epoch by epoch."""
        return training_curves(study)

    def replay(request: Request) -> Payload:
        """Return the snapshots of a training run, and the URLs of their images and codes."""
        if study.replay is None:
            raise ValueError("no training snapshots were stored")
        return timeline(study.replay)

    return [variance_runs, replay]
