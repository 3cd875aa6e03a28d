"""The tab "Objective": a panel for each part of the objective, with trained models."""

from pathlib import Path

import gradio as gr

from app.components.drawing_pad import example_digits
from app.components.panels import panels
from app.frontend.assets import PLOTLY, url
from app.registry.ablations import FOLDER, LIKELIHOODS, Study
from app.registry.dataset_info import MNIST
from app.tabs.objective import claims
from app.tabs.objective.kl_weight import lambda_panel, sweep
from app.tabs.objective.likelihood import likelihood_panel
from app.tabs.objective.replay import replay_panel
from app.tabs.objective.variance_heads import heads_panel


def objective(study: Study) -> gr.HTML:
    """Return the panels for the study; the replay is omitted without snapshots."""
    results = claims.sentences(study)
    each = [
        lambda_panel(study, results.get("lambda", [])),
        likelihood_panel(study, results.get("likelihood", [])),
        heads_panel(study, results.get("heads", [])),
    ]
    if study.replay is not None:
        each.append(replay_panel(study.replay, results.get("replay", [])))
    decoding = [*study.by_lambda.values(), *LIKELIHOODS]
    return panels(
        Path(__file__).with_name("objective_panels.js"),
        each,
        sweep=sweep(study),
        likelihoods=[f"{FOLDER}/{name}" for name in LIKELIHOODS],
        models=[  # all recipes of the study train on MNIST
            {
                "name": f"{FOLDER}/{name}",
                "data": MNIST.name,
                "digits": MNIST.digits,
                "prepare": MNIST.prepare,
            }
            for name in decoding
        ],
        digits=example_digits(),
        plotly=url(PLOTLY),
    )
