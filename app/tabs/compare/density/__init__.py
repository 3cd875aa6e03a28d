"""Each model with a prior as a model of P(X): log p(x) of pictures, and how new its samples are."""

import math
from html import escape

from app.components.controls import choice
from app.components.panels import Panel
from app.registry.ablations import FAMILY, Record, Study
from app.tabs.compare.columns import Measure, Table, columns, pad
from app.tabs.compare.functions import JUDGED, PRIORS, STANDARD

OFFERED = {prior: PRIORS[prior] for prior in (STANDARD, "mixture")}
Quantiles = dict[str, float]  # by the share below, with the keys of metrics.json
NLL = {STANDARD: "nll_quadrature", "mixture": "nll_quadrature_mixture"}  # in metrics.json

_PICTURES = "".join(
    f'<figure><canvas class="digit" role="img" aria-label="{escape(name)}, NAME"></canvas>'
    f"<figcaption><span>{escape(name)}</span><output>–</output></figcaption></figure>"
    for name in JUDGED
)
_JUDGED = f'<div class="judged">{_PICTURES}</div>'


def density_panel(study: Study, measured: str) -> Panel:
    """Return the panel of the measured `study`; `measured` is the markup of its results."""
    ranges = _ranges(study)
    tables = [_table(prior) for prior in OFFERED]
    judged = columns(study, lambda name: _JUDGED + ranges[name], tables, spaces=(2,))
    return Panel(
        "density",
        "A model of P(X)",
        "How much likelier than noise is your image? Then clear the pad and compare log p(x) of an "
        "empty image.",
        f"""
<p class="explanation" data-space="32">In 32 dimensions log p(x) can only be bounded. Choose 2
  dimensions: there it is integrated over the whole plane of codes.</p>
<div class="beside-pad" data-space="2">
  <div class="given">{pad("source", 3)}</div>
  <div class="shown">
    <div class="controls">{choice("density-prior", "p(z) is", OFFERED, STANDARD)}</div>
    {judged}
    <p class="explanation"><b>log p(x)</b> = log ∫ p(x|z) p(z) dz in nats, integrated over the
      plane. It is defined for black-and-white images, so your image is thresholded at ½. A sample
      draws z ~ p(z), then every pixel from p(x|z). The thresholded mean of p(x|z) is smoother, and
      likelier than a typical sample. All four models find a digit far likelier than noise: this
      does not tell them apart. The test images' log p(x) does, where the codes do not fit p(z).</p>
    <p class="explanation">
      <b>Nearest training image</b>: RMSE per pixel of a sample to the training image nearest to
      it. The bar goes from the 1 % to the 99 % quantile, its thick part from 10 % to 90 %, and the
      tick is the median. The second bar is for test images. A copy would be at 0.</p>
    {measured}
  </div>
</div>""",
        "Is a model that shows a training image, drawn at random, a good model of P(X)?",
        "Each of its images is perfect, but it has learned nothing: a digit that is not among "
        "the training images gets probability 0, so log p(x) = −∞. Check both: whether unseen "
        "digits are likely, and whether samples are as far from the training images as unseen "
        "digits are.",
    )


def _table(prior: str) -> Table:
    unseen = Measure("test images, log p(x)", lambda metrics: _nll(metrics, prior), _log_p, min)
    return Table([unseen], f'data-prior="{prior}"')


def _nll(metrics: Record, prior: str) -> float:
    """Return the mean of -log p(x) over the test images, which JSON stores as null if infinite."""
    mean = metrics["binarised"][NLL[prior]]["mean"]
    return math.inf if mean is None else float(mean)


def _log_p(nll: float) -> str:
    return "−∞" if math.isinf(nll) else f"{-nll:.0f}".replace("-", "−")


def _ranges(study: Study) -> dict[str, str]:
    """Return each model's distances from the training images: of its samples, of test images."""
    pairs = {
        name: {
            "samples": study.metrics[name]["samples"][STANDARD]["nearest_rmse"],
            "test images": study.metrics[name]["samples"]["test_images"]["nearest_rmse"],
        }
        for name in FAMILY
    }
    most = max(quantiles["0.99"] for pair in pairs.values() for quantiles in pair.values())
    return {name: _nearest(pair, most) for name, pair in pairs.items()}


def _nearest(pair: dict[str, Quantiles], most: float) -> str:
    drawn = "".join(
        f"<span>{title}</span>{_range(quantiles, most)}" for title, quantiles in pair.items()
    )
    return (
        f'<div class="nearest"><b>Nearest training image, z from {PRIORS[STANDARD]}</b>{drawn}'
        f'<span class="ends"><span>0</span><span>{most:.2f}</span></span></div>'
    )


def _range(quantiles: Quantiles, most: float) -> str:
    low, thick_low, median, thick_high, high = (
        100 * quantiles[share] / most for share in ("0.01", "0.1", "0.5", "0.9", "0.99")
    )
    spoken = (
        f"median {quantiles['0.5']:.3f}, from {quantiles['0.01']:.3f} to {quantiles['0.99']:.3f}"
    )
    parts = {"": (low, high - low), "thick": (thick_low, thick_high - thick_low)}
    bars = "".join(
        f'<i class="{kind}" style="left: {left:.1f}%; width: {width:.1f}%"></i>'
        for kind, (left, width) in parts.items()
    )
    return (
        f'<span class="range" role="img" aria-label="{spoken}" title="{spoken}">{bars}'
        f'<i class="median" style="left: {median:.1f}%"></i></span>'
    )
