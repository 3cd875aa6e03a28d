"""The panel of the likelihood: binary cross-entropy and squared error on gray levels."""

from collections.abc import Callable, Sequence
from html import escape

from app.components.panels import Panel, results
from app.components.tile_grid import tile_grid
from app.frontend.formula import mathml
from app.registry.ablations import LIKELIHOODS, Record, Study
from app.tabs.objective.parts import REROLL, pair

_X, _X_HAT, _SUM = "<mi>x</mi>", "<mover accent='true'><mi>x</mi><mo>^</mo></mover>", "<mo>∑</mo>"
_ONE_MINUS = "<mo>(</mo><mn>1</mn><mo>−</mo>{}<mo>)</mo>"
_LOG = "<mspace width='0.15em'/><mi>log</mi><mspace width='0.15em'/>"
_FORMULAS = {  # in parts, between which a narrow line breaks
    "bce": (
        f"<mo>−</mo>{_SUM}<mo>[</mo>{_X}{_LOG}{_X_HAT}",
        f"<mo form='infix'>+</mo>{_ONE_MINUS.format(_X)}{_LOG}{_ONE_MINUS.format(_X_HAT)}"
        "<mo>]</mo>",
    ),
    "mse": (
        f"{_SUM}<mfrac><msup><mrow><mo>(</mo>{_X}<mo>−</mo>{_X_HAT}<mo>)</mo></mrow><mn>2</mn>"
        "</msup><mrow><mn>2</mn><msup><mi>σ</mi><mn>2</mn></msup></mrow></mfrac>",
        "<mo form='infix'>+</mo><mi>const</mi>",
    ),
}
_NATS = {"reconstruction": "reconstruction", "kl": "KL", "negative_elbo": "−ELBO"}


def likelihood_panel(study: Study, sentences: Sequence[str]) -> Panel:
    """Return the panel: reconstructions, samples with one seed, and metrics of both models.

    `sentences` are the measured results.
    """
    noise_std = study.recipe("mse")["model"]["noise_std"]
    columns = "".join(_column(name, title, noise_std) for name, title in LIKELIHOODS.items())
    body = f"""
<div class="side-by-side">
{columns}
<div class="figures">
{_table("On the test images", _comparable(study))}
{_table("Nats per test image (not comparable)", _nats(study))}
<p class="explanation">The nats of the two columns cannot be compared. Binary cross-entropy is −log
of a probability, so it is never negative. The Gaussian term is −log of a density, so it may be
negative: with gray levels from 0 to 255 instead of 0 to 1 the same model would have log 255 = 5.5
nats more per pixel. Only the KL terms can be compared.</p>
<p class="actions">{REROLL} <span>new samples of both models</span></p>
</div>
</div>
{results(sentences)}"""
    return Panel(
        "likelihood",
        "Likelihood: binary cross-entropy or squared error",
        "Both were trained on the same gray levels, and only p(x|z) differs. Compare the edges of "
        "the strokes, then the samples.",
        body,
        "The squared error's σ was fixed before training. What would a σ half as large do?",
        "The squared error is divided by 2σ², so it would have four times the weight relative to "
        "the KL, as with a quarter of λ. To choose σ is to choose λ. Cross-entropy has no such "
        "parameter; its scale is fixed.",
    )


def _column(name: str, title: str, noise_std: float) -> str:
    fixed = f", σ = {noise_std:g} fixed" if name == "mse" else ""
    return f"""
<section class="likelihood" data-model="{name}">
  <h3>{escape(title)}</h3>
  <p class="formula">{" ".join(map(mathml, _FORMULAS[name]))}<span>{fixed}</span></p>
  {pair("Your image")}
  <p class="rmse" data-text="rmse" role="status"></p>
  {tile_grid(f"objective-{name}-samples")}
</section>"""


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _comparable(study: Study) -> dict[str, list[str]]:
    """Return a row of texts for each metric that is comparable between the models."""
    samples: dict[str, tuple[str, Callable[[float], str]]] = {
        "frechet_distance": ("Samples: Fréchet distance, 0 is best", "{:.1f}".format),
        "precision": ("… among real digits (precision)", _percent),
        "coverage": ("Real digits with a sample near them (coverage)", _percent),
        "confident": ("… confidently classified", _percent),
    }
    both = [study.metrics[name] for name in LIKELIHOODS]
    rmse = [f"{metrics['grey']['rmse']['mean']:.4f}" for metrics in both]
    return {"Reconstruction: RMSE per pixel": rmse} | {
        label: [text(metrics["samples"]["model"][key]) for metrics in both]
        for key, (label, text) in samples.items()
    }


def _nats(study: Study) -> dict[str, list[str]]:
    def term(metrics: Record, key: str) -> str:
        return f"{metrics['grey'][key]['mean']:.2f}".replace("-", "−")

    return {
        label: [term(study.metrics[name], key) for name in LIKELIHOODS]
        for key, label in _NATS.items()
    }


def _table(caption: str, rows: dict[str, list[str]]) -> str:
    head = "".join(f"<th scope='col'>{escape(title)}</th>" for title in LIKELIHOODS.values())
    body = "".join(
        f"<tr><th scope='row'>{escape(label)}</th>"
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for label, cells in rows.items()
    )
    return f"""
<table><caption>{escape(caption)}</caption><thead><tr><td></td>{head}</tr></thead>
<tbody>{body}</tbody></table>"""
