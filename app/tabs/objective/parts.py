"""Markup that the panels of the tab Objective have in common."""

from html import escape

RECONSTRUCTION = (
    "<mrow class='reconstruction'><msub><mi>E</mi><mi>q</mi></msub><mo>[</mo><mi>log</mi>"
    "<mspace width='0.15em'/><mi>p</mi><mo>(</mo><mi>x</mi><mo>|</mo><mi class='z'>z</mi>"
    "<mo>)</mo><mo>]</mo></mrow>"
)
KL = (
    "<mrow class='kl'><mi>KL</mi><mo>(</mo><mi>q</mi><mo>(</mo><mi class='z'>z</mi><mo>|</mo>"
    "<mi>x</mi><mo>)</mo><mo>∥</mo><mi>p</mi><mo>(</mo><mi class='z'>z</mi><mo>)</mo><mo>)</mo>"
    "</mrow>"
)
REROLL = '<button type="button" class="action" data-action="roll">Other ε</button>'


def pair(name: str) -> str:
    """A picture and what a model makes of it (createPair of objective_reconstructions.js)."""
    name = escape(name)
    return f"""
<div class="pair">
  <canvas class="digit" width="28" height="28" aria-label="{name}"></canvas>
  <canvas class="digit" width="28" height="28" aria-label="{name}, reconstructed"></canvas>
</div>"""


def chart(name: str, caption: str) -> str:
    """A place for a chart (chart.js), `.NAME`, with what it shows above it."""
    return f"""
<figure class="of-{name}"><figcaption>{caption}</figcaption>
<div class="plot {name}"></div></figure>"""
