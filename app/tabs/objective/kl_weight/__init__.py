"""The panel λ: a slider through models that were trained with different weights of the KL term."""

from collections.abc import Sequence
from typing import Any

from app.components import latent_map
from app.components.panels import Panel, results
from app.components.tile_grid import tile_grid
from app.frontend.formula import mathml
from app.registry.ablations import FOLDER, Study
from app.tabs.objective.parts import KL, RECONSTRUCTION, REROLL, chart, pair

LAYERS = {name: latent_map.LAYERS[name] for name in ("grid", "density")} | {
    "samples": "Samples of this panel"
}
EXAMPLES = ("A ready 2", "A ready 4", "A ready 5", "A ready 8")  # as in reconstructions.js


def sweep(study: Study) -> list[dict[str, Any]]:
    """Return each model of the sweep with its terms on the test images, by increasing λ."""
    return [
        {
            "weight": weight,
            "model": f"{FOLDER}/{name}",
            **{
                term: study.metrics[name]["binarised"][term]["mean"]
                for term in ("kl", "reconstruction")
            },
        }
        for weight, name in study.by_lambda.items()
    ]


def lambda_panel(study: Study, sentences: Sequence[str]) -> Panel:
    """Return the panel: map, samples, reconstructions and the rate-distortion curve for one λ.

    `sentences` are the measured results.
    """
    pictures = "".join(pair(name) for name in ("Your image", *EXAMPLES))
    body = f"""
<div class="weights">
  <p class="formula">{mathml(f"{RECONSTRUCTION}<mo>−</mo><mi>λ</mi><mo>·</mo>{KL}")}</p>
  <span class="symbol" aria-hidden="true">λ</span>
  <div class="slider">
    <input type="range" min="0" max="{len(study.by_lambda) - 1}" step="1" value="0"
      aria-label="λ, among the trained models">
    <div class="stops">{"".join(_stop(weight) for weight in study.by_lambda)}</div>
  </div>
</div>
<div class="follows">
  <div class="live-latent-map">{latent_map.markup("objective-", LAYERS)}</div>
  <div class="beside">
    {chart("curve", "KL (rate) and reconstruction (distortion) on the test images: choose a point")}
    <p class="terms" data-text="terms" role="status"></p>
    <figure class="of-samples">
      <figcaption>Samples, the same ε {REROLL}</figcaption>
      {tile_grid("objective-samples")}
    </figure>
    <figure class="of-reconstructions">
      <figcaption>x and x̂; the first is your image</figcaption>
      <div class="reconstructions">{pictures}</div>
    </figure>
  </div>
</div>
{results(sentences)}"""
    return Panel(
        "lambda",
        "λ: the weight of the KL term",
        "Move λ and watch how far the codes spread beyond the prior's circles, how sharp the "
        "reconstructions are, and how many samples look like digits.",
        body,
        "Why can samples get worse while the reconstructions get better, as λ goes towards 0?",
        "A sample is decoded at a z from the prior N(0, I), a reconstruction at a z from the "
        "encoder. A small λ lets the encoder make its q(z|x) narrow and far apart, so the decoder "
        "can distinguish images well. But then z ~ N(0, I) often falls between the codes, where "
        "the decoder was not trained, and rarely where the codes are.",
    )


def _stop(weight: float) -> str:
    return f"""
<button type="button" data-stop aria-label="λ = {weight:g}" aria-pressed="false">{weight:g}
</button>"""
