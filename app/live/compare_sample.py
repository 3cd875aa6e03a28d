"""New pictures of each model, from N(0, I) or from a prior that was fitted to its codes."""

from collections.abc import Callable

from app.live.compare_columns import Measure, Table, columns, percent
from app.live.compare_functions import PRIORS, STANDARD
from app.live.controls import choice
from app.live.panels import Panel
from app.study import Record, Study


def sample_panel(study: Study, measured: str) -> Panel:
    """The panel, over the measured `study`; `measured` is the markup of its results."""
    return Panel(
        "sample",
        "Sample",
        "Begin with z from N(0, I): which of these models was ever told that its codes lie there?",
        f"""
<div class="controls">{choice("prior", "z from", PRIORS, STANDARD)}
  <div class="actions"><button type="button" class="action primary" data-action="roll">Re-roll
    </button> <span>seed <output data-text="seed"></output></span></div></div>
{columns(study, lambda _: _GRID, [_sample_table(prior) for prior in PRIORS])}
<p class="explanation">{_floor(study)}</p>
<p class="explanation">Every decoder turns every z into a picture. What a denoising or contractive
  autoencoder lacks is where to take z from: nothing in its training says where codes lie. The
  remedy is a second step, a density fitted to the codes of the training images, which then is the
  prior; the variational autoencoder was trained with one.</p>
{measured}""",
        "Denoising and contractive autoencoders learn structure too, but how can you sample new "
        "examples from them?",
        "Not from the model alone: it is an encoder and a decoder without a distribution of z. "
        "N(0, I) is as good a guess as any other and misses their codes in scale, place and shape. "
        "Fit a density to the codes first, and sample that; the finer it is, the better the new "
        "examples. A variational autoencoder fixes the density beforehand and pays for it in "
        "training, by the KL term.",
    )


_GRID = '<canvas class="digit" role="img" aria-label="Samples of the NAME"></canvas>'


def _sample_table(prior: str) -> Table:
    measures = [
        Measure("Fréchet distance", _of_samples(prior, "frechet_distance"), "{:.1f}".format, min),
        Measure("precision", _of_samples(prior, "precision"), percent, max),
        Measure("reads as one digit", _of_samples(prior, "confident"), percent, max),
    ]
    return Table(measures, f'data-prior="{prior}"')


def _floor(study: Study) -> str:
    """What the measures of samples give for real images."""
    of = study.metrics["vae"]["samples"]["test_images"]
    return (
        f"Real test images, measured alike: Fréchet distance {of['frechet_distance']:.1f}, "
        f"precision {percent(of['precision'])}, reads as one digit {percent(of['confident'])}."
    )


def _of_samples(prior: str, figure: str) -> Callable[[Record], float]:
    return lambda metrics: float(metrics["samples"][prior][figure])
