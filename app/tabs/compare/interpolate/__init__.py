"""The panel of the straight path between two codes in each model, as film strips."""

from app.components.panels import Panel
from app.registry.ablations import Study
from app.tabs.compare.columns import columns, pad, row

FRAMES = 9  # of a film strip


def interpolate_panel(study: Study) -> Panel:
    """Return the panel for the study."""
    return Panel(
        "interpolate",
        "Interpolate",
        "Go slowly from A to B, and try other digits. Where does it stop looking like a digit?",
        f"""
<div class="beside-pad">
  <div class="given two"><div><h3>A</h3>{pad("source_a", 3)}</div>
    <div><h3>B</h3>{pad("source_b", 8)}</div></div>
  <div class="shown">
    <label class="scrub"><span>A</span><input type="range" min="0" max="1" step="0.01" value="0.5"
      aria-label="Position from A to B"><span>B</span></label>
    {columns(study, lambda _: _STRIP)}
  </div>
</div>""",
        "Both ends decode to digits. Why may the middle of the straight line between their codes "
        "not?",
        "The decoder of a plain autoencoder was only trained at the codes of training images; "
        "nothing in its training says what to draw between them. The variational decoder was "
        "trained at μ + σ·ε, all around each μ. The KL term also keeps the codes near the origin, "
        "so less of the space between them is untrained. Its path may still pass through a blend "
        "of two digits.",
    )


_STRIP = f"""
<div class="way"><canvas class="digit current" role="img" aria-label="Decoded by the NAME"></canvas>
<div class="strip" aria-hidden="true">{"<canvas></canvas>" * FRAMES}</div></div>
<dl class="figures">{row("distance in z", '<output data-text="distance">–</output>')}</dl>"""
