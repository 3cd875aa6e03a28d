"""Markup shared by the panels of the tab "Objective"."""

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
REROLL = '<button type="button" class="action" data-action="roll">Resample ε</button>'


def pair(name: str) -> str:
    """Return canvases of an image and its reconstruction (createPair of reconstructions.js)."""
    name = escape(name)
    return f"""
<div class="pair">
  <canvas class="digit" width="28" height="28" aria-label="{name}"></canvas>
  <canvas class="digit" width="28" height="28" aria-label="{name}, reconstructed"></canvas>
</div>"""


def chart(name: str, caption: str) -> str:
    """Return a figure with the host `.NAME` of a chart (chart.js) and a caption."""
    return f"""
<figure class="of-{name}"><figcaption>{caption}</figcaption>
<div class="plot {name}"></div></figure>"""
