"""The tab "Objective": a panel for each part of the objective, with trained models."""

from pathlib import Path

import gradio as gr

from app.components.latent_map.figure import CLASS_COLORS
from app.frontend.assets import PLOTLY, url
from app.frontend.mount import component
from app.frontend.payloads import ServerFunction
from app.frontend.templates import render
from app.registry.ablations import FOLDER as STUDY
from app.registry.ablations import LIKELIHOODS, Ablations
from app.registry.dataset_info import MNIST
from app.tabs.objective import (
    findings,
    kl_weight,
    latent_dims,
    likelihood,
    replay,
    variance_heads,
)

FOLDER = Path(__file__).parent


def objective(ablations: Ablations) -> gr.HTML:
    """Return the tab's panels; the replay is omitted without snapshots."""
    markup = render(
        FOLDER / "template.html",
        m=ablations.metrics,
        paired=ablations.paired,
        f=findings.values(ablations),
        colors=CLASS_COLORS,
        kl_weight=kl_weight.values(ablations),
        likelihood=likelihood.values(ablations),
        heads=variance_heads.values(ablations),
        dims=latent_dims.values(ablations),
        replay=ablations.replay,
    )
    dimensions = ablations.by_dimension.values()
    decoding = dict.fromkeys([*ablations.by_lambda.values(), *LIKELIHOODS, *dimensions])
    return component(
        FOLDER / "objective_panels.js",
        markup,
        elem_id="objective_panels",
        sweep=kl_weight.sweep(ablations),
        likelihoods=[f"{STUDY}/{name}" for name in LIKELIHOODS],
        dimensions=[f"{STUDY}/{name}" for name in dimensions],
        models=[  # all of them are trained on MNIST
            {
                "name": f"{STUDY}/{name}",
                "data": MNIST.name,
                "digits": MNIST.digits,
                "prepare": MNIST.prepare,
            }
            for name in decoding
        ],
        examples=kl_weight.EXAMPLES,
        plotly=url(PLOTLY),
    )


def objective_functions(ablations: Ablations) -> list[ServerFunction]:
    """Return the server functions of the tab's panels."""
    return [*variance_heads.functions(ablations), *replay.functions(ablations)]
