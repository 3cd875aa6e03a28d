"""The panels of the tab Objective: what each part of it does, on models really trained."""

import gradio as gr

from app import claims_objective
from app.dataset import MNIST
from app.live.latent_map import plotly_script
from app.live.objective_heads import heads_panel
from app.live.objective_lambda import lambda_panel, sweep
from app.live.objective_likelihood import likelihood_panel
from app.live.objective_replay import replay_panel
from app.live.pad import ready_digits
from app.live.panels import panels
from app.study import FOLDER, LIKELIHOODS, Study


def objective_panels(study: Study) -> gr.HTML:
    """The panels, over the measured `study`; the replay only where there is one."""
    results = claims_objective.sentences(study)
    each = [
        lambda_panel(study, results.get("lambda", [])),
        likelihood_panel(study, results.get("likelihood", [])),
        heads_panel(study, results.get("heads", [])),
    ]
    if study.replay is not None:
        each.append(replay_panel(study.replay, results.get("replay", [])))
    decoding = [*study.by_lambda.values(), *LIKELIHOODS]
    return panels(
        "objective_panels",
        each,
        sweep=sweep(study),
        likelihoods=[f"{FOLDER}/{name}" for name in LIKELIHOODS],
        models=[  # the recipes of the study say on what they were trained
            {
                "name": f"{FOLDER}/{name}",
                "data": MNIST.name,
                "digits": MNIST.digits,
                "prepare": MNIST.prepare,
            }
            for name in decoding
        ],
        digits=ready_digits(),
        plotly=plotly_script(),
    )
