"""Server functions of the tab "Objective": training curves and snapshots."""

from app.frontend.payloads import Payload, ServerFunction
from app.frontend.requests import Request
from app.registry.ablations import Study
from app.tabs.objective.replay import timeline
from app.tabs.objective.variance_heads import training_curves


def objective_functions(study: Study) -> list[ServerFunction]:
    """Return the server functions of this tab, for the RPC endpoint."""

    def variance_runs(request: Request) -> Payload:
        """Return heads: the training curves of each variance head's runs."""
        return training_curves(study)

    def replay(request: Request) -> Payload:
        """Return the snapshots of a training run, and the URLs of their images and codes."""
        if study.replay is None:
            raise ValueError("no training snapshots were stored")
        return timeline(study.replay)

    return [variance_runs, replay]
