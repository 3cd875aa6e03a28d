"""What the tab Objective alone asks of Python: what was kept of the trainings."""

from app.frontend.payloads import Payload, ServerFunction
from app.registry.ablations import Study
from app.tabs.objective.replay import moments
from app.tabs.objective.variance_heads import training_curves


def objective_functions(study: Study) -> list[ServerFunction]:
    """The server functions of this tab, for the bridge."""

    def variance_runs(payload: Payload) -> Payload:
        """Out: heads, by variance head its runs epoch by epoch."""
        return training_curves(study)

    def replay(payload: Payload) -> Payload:
        """Out: the moments of a training, and where their pictures and codes are."""
        if study.replay is None:
            raise ValueError("no moments of a training were kept")
        return moments(study.replay)

    return [variance_runs, replay]
