"""The panel "Variance": σ² as a function of the encoder's output a, and runs with each head."""

from typing import Any

from app.frontend.payloads import Payload, ServerFunction
from app.frontend.requests import Request
from app.registry.ablations import HEADS, Ablations
from app.tabs.objective.findings import clip

CURVES = {
    "variance": "σ², mean over images and dimensions",
    "negative_elbo": "−ELBO, nats per image",
    "gradient_norm": "norm of the gradient before clipping",
    "lost_steps": "steps skipped in the epoch",
}


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    return {
        "titles": HEADS,
        "curves": CURVES,
        "clip": f"{clip(ablations):g}",
        "seeds": max(map(len, ablations.by_head.values())),
    }


def functions(ablations: Ablations) -> list[ServerFunction]:
    """Return the panel's server functions."""

    def variance_runs(request: Request) -> Payload:
        """Return heads: the training curves of each variance head's runs."""
        return training_curves(ablations)

    return [variance_runs]


def training_curves(ablations: Ablations) -> Payload:
    """Return the runs of each head: {seed, epoch: [...]} and a list for each of CURVES.

    Non-finite values are null.
    """
    return {
        "heads": {
            head: [_run(ablations, name) for name in names]
            for head, names in ablations.by_head.items()
        }
    }


def _run(ablations: Ablations, name: str) -> Payload:
    epochs = ablations.logs[name][1:]
    # λ is 1 in all of them, so the loss is -ELBO.
    columns = {"epoch": "epoch"} | {key: key for key in CURVES} | {"negative_elbo": "loss"}
    return {"seed": ablations.recipe(name)["seed"]} | {
        key: [epoch[column] for epoch in epochs] for key, column in columns.items()
    }
