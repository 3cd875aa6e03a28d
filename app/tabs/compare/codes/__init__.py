"""The panel of the codes of test images in each model, on one scale; codes.js draws them."""

import math

from app.components.controls import choice
from app.components.latent_map.figure import CLASS_COLORS
from app.components.panels import Panel
from app.registry.ablations import Study
from app.tabs.compare.columns import Measure, Table, columns, pad, percent, row
from app.tabs.compare.functions import NEAR, POINTS

SCALES = {"all": "all codes", "prior": "the prior"}

_PLANE = f"""
<div class="scatter"><canvas></canvas><svg role="img" aria-label="Codes of the NAME"></svg></div>
<dl class="figures">{row("codes within 2σ", '<output data-text="near">–</output>')}</dl>"""


def codes_panel(study: Study, measured: str) -> Panel:
    """Return the panel for the study; `measured` is the markup of its results."""
    stds = Measure("std per axis", lambda metrics: metrics["codes"]["std"], _written)
    prior_near = percent(1 - math.exp(-(NEAR**2) / 2))
    legend = "".join(
        f'<span><i style="background: {color}"></i>{digit}</span>'
        for digit, color in enumerate(CLASS_COLORS)
    )
    return Panel(
        "codes",
        "Codes",
        "All have one scale. Find where z ~ N(0, I), the circles, would fall in each.",
        f"""
<div class="beside-pad">
  <div class="given">{pad("source", 3)}</div>
  <div class="shown">
    <div class="controls">{choice("scale", "Show", SCALES, "all")}
      <div class="legend" role="img" aria-label="A color for each digit">{legend}</div></div>
    {columns(study, lambda _: _PLANE, [Table([stds])])}
    <p class="explanation">{POINTS:,} codes of test images, and circles at 1σ, 2σ and 3σ of the
      prior. The cross is your image. Within 2σ are {prior_near} of N(0, I).
      <span data-space="32">Shown is the plane of the two leading principal components of the
      codes.</span></p>
    {measured}
  </div>
</div>""",
        "Multiply the codes of an autoencoder by 100, and let its decoder divide by 100. How does "
        "each of the four objectives change?",
        "The plain and the denoising objective do not change: the scale of their codes is "
        "arbitrary. The contractive penalty ‖∂f/∂x‖² grows by a factor of 10,000, so training "
        "shrinks the codes as far as the decoder can undo that. Only the KL term sets a scale, "
        "that of N(0, I).",
    )


def _written(stds: list[float]) -> str:
    """Return both standard deviations of two axes, otherwise the smallest and the largest."""
    if len(stds) == 2:
        return " and ".join(f"{std:.2f}" for std in stds)
    return f"{min(stds):.2f} to {max(stds):.2f}"
