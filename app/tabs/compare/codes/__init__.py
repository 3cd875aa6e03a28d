"""Where the codes of test images lie in each model, on one scale; compare_codes.js draws them."""

import math

from app.components.controls import choice
from app.components.latent_map.figure import CLASS_COLORS
from app.components.panels import Panel
from app.registry.ablations import Study
from app.tabs.compare.columns import Measure, Table, columns, pad, percent, row
from app.tabs.compare.functions import NEAR, POINTS

SCALES = {"all": "holds all codes", "prior": "holds the prior"}

_PLANE = f"""
<div class="scatter"><canvas></canvas><svg role="img" aria-label="Codes of the NAME"></svg></div>
<dl class="figures">{row("codes within 2σ", '<output data-text="near">–</output>')}</dl>"""


def codes_panel(study: Study, measured: str) -> Panel:
    """The panel, over the measured `study`; `measured` is the markup of its results."""
    stds = Measure("std per axis", lambda metrics: metrics["codes"]["std"], _written)
    prior_near = percent(1 - math.exp(-(NEAR**2) / 2))
    legend = "".join(
        f'<span><i style="background: {color}"></i>{digit}</span>'
        for digit, color in enumerate(CLASS_COLORS)
    )
    return Panel(
        "codes",
        "Codes",
        "All have one scale, and the circles are N(0, I): where would z ~ N(0, I) fall in each?",
        f"""
<div class="beside-pad">
  <div class="given">{pad("source", 3)}</div>
  <div class="shown">
    <div class="controls">{choice("scale", "Scale", SCALES, "all")}
      <div class="legend" role="img" aria-label="A color for each digit">{legend}</div></div>
    {columns(study, lambda _: _PLANE, [Table([stds])])}
    <p class="explanation">{POINTS:,} codes of test images, and the circles of the prior's 1σ, 2σ
      and 3σ; the cross is your image. Of N(0, I) itself {prior_near} lie within 2σ.
      <span data-space="32">Of the 32 dimensions, the plane of the codes' two leading principal
      components.</span></p>
    {measured}
  </div>
</div>""",
        "Multiply the codes of an autoencoder by 100, and let its decoder divide by 100. What do "
        "the four objectives say to that?",
        "The plain and the denoising one see no difference: the scale of their codes means "
        "nothing. The contractive penalty ‖∂f/∂x‖² grows by 10,000, so it shrinks the code "
        "instead, as far as the decoder can undo that. Only the KL term knows a right scale: codes "
        "are to fill N(0, I).",
    )


def _written(stds: list[float]) -> str:
    """Each axis's where there are two, else the smallest and the largest."""
    if len(stds) == 2:
        return " and ".join(f"{std:.2f}" for std in stds)
    return f"{min(stds):.2f} to {max(stds):.2f}"
