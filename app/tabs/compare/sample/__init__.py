"""The panel of samples of each model, from N(0, I) or from a prior fitted to its codes."""

import math
from dataclasses import replace
from operator import itemgetter

from app.components.controls import choice
from app.components.panels import Panel
from app.registry.ablations import Record, Study
from app.tabs.compare.columns import Measure, Table, columns, percent
from app.tabs.compare.functions import PRIORS, STANDARD


def sample_panel(study: Study, measured: str) -> Panel:
    """Return the panel for the study; `measured` is the markup of its results."""
    return Panel(
        "sample",
        "Sample",
        "Start with z from N(0, I). Which of these models was trained to have its codes there?",
        f"""
<div class="controls">{choice("prior", "z from", PRIORS, STANDARD)}
  <div class="actions"><button type="button" class="action primary" data-action="roll">Resample
    </button> <span>seed <output data-text="seed"></output></span></div></div>
{columns(study, lambda _: _GRID, [_table(prior) for prior in PRIORS])}
<p class="explanation">{_reference(study)}</p>
<p class="explanation">Every decoder turns every z into an image. A denoising or contractive
  autoencoder has no distribution of z: no term of its objective contains one. The remedy is a
  second step, which fits a density to the codes of the training images and uses it as the prior.
  The variational autoencoder was trained with its prior.</p>
{measured}""",
        "Denoising and contractive autoencoders learn structure too, but how can you sample new "
        "examples from them?",
        "Not from the model alone: it is an encoder and a decoder without a distribution of z. "
        "Nothing makes the codes follow N(0, I): the plain and denoising codes are far wider; the "
        "contractive ones happen to fit, at this weight of the penalty. Fit a density to the codes "
        "first, sample z from it and decode z. A variational autoencoder fixes the density before "
        "training, and the KL term is the price.",
    )


_GRID = '<canvas class="digit" role="img" aria-label="Samples of the NAME"></canvas>'


def _kinds(samples: Record) -> float:
    """Return the effective number of predicted classes, the exponential of their entropy."""
    return math.exp(samples["class_entropy"])


# Metrics of the samples from one prior.
FIGURES = (
    Measure("Fréchet distance", itemgetter("frechet_distance"), "{:.1f}".format, min),
    Measure("precision", itemgetter("precision"), percent, max),
    Measure("confidently classified", itemgetter("confident"), percent, max),
    Measure("effective number of classes", _kinds, "{:.1f}".format, max),
)


def _table(prior: str) -> Table:
    return Table([_under(prior, figure) for figure in FIGURES], f'data-prior="{prior}"')


def _under(prior: str, figure: Measure) -> Measure:
    """Return the measure for the samples of a prior, as stored in metrics.json."""
    return replace(figure, get=lambda metrics: figure.get(metrics["samples"][prior]))


def _reference(study: Study) -> str:
    """Return the text with the metrics of real test images."""
    real = study.metrics["vae"]["samples"]["test_images"]
    sure = study.metrics["vae"]["samples"]["confident_above"]
    figures = ", ".join(f"{figure.label} {figure.text(figure.get(real))}" for figure in FIGURES)
    return (
        f"Test images, measured in the same way: {figures}. Confidently: a digit classifier gives "
        f"one class a probability above {sure:g}. The effective number of classes is the "
        "exponential of the entropy of its predictions."
    )
