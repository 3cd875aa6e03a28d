"""The latent map: test codes, the prior and the visitor's image on a plane, decoded at the pointer.

figure.py builds the figure, a server function sends it, and latent_map.js draws it with Plotly,
whose script is fetched when a map first becomes visible.
"""

from pathlib import Path

import gradio as gr

from app.frontend.assets import PLOTLY, size, url
from app.frontend.mount import component

LAYERS = {
    "grid": "Decoded images",
    "density": "Density of q(z) over the test images",
    "samples": "Samples (tab Sample)",
    "path": "Path from A to B (tab Interpolate)",
}
# Why a layer may have nothing to show, and what to do.
ABSENT = {
    "density": "this model has no test codes yet",
    "samples": "open the tab Sample first",
    "path": "choose A and B in the tab Interpolate first",
}


def latent_map(prefix: str = "") -> gr.HTML:
    """Return the map and the decoded image; `prefix` distinguishes the ids of instances."""
    return component(
        Path(__file__).with_name("latent_map.js"),
        markup(prefix, LAYERS),
        elem_id=f"{prefix}map-and-decode",
        plotly=url(PLOTLY),
    )


def markup(prefix: str, layers: dict[str, str]) -> str:
    """Return the markup for `mountMap` of latent_map.js, for an element of class live-latent-map.

    `layers` are the keys of LAYERS that the menu offers, each with its label.
    """
    offered = "".join(
        f'<label class="check"><input type="checkbox" data-layer="{name}"><span>{text}'
        f"{_absent(name)}</span></label>"
        for name, text in layers.items()
    )
    return f"""
<div class="map">
<div class="map-stage">
<div class="map-plane" id="{prefix}latent-map" tabindex="0" role="application"
     aria-label="Latent map. Arrow keys move z by 0.1, with shift by 0.02. Enter opens a menu, \
plus and minus zoom, 0 resets the view, Escape returns to your image.">
  <p class="map-wait">Loading the map …<br><progress class="map-progress" aria-label="Map, loaded"
    max="{size(PLOTLY)}"></progress></p>
  <div class="map-plot"></div>
</div>
<div class="map-legend" role="group" aria-label="Classes on the map"></div>
</div>
<div class="map-decoded" id="{prefix}decoded">
  <canvas class="digit" width="28" height="28" aria-label="Decoded image"></canvas>
</div>
<div class="map-words">
  <p class="map-shown"></p>
  <p class="map-at"></p>
  <p class="map-off"></p>
</div>
<div class="map-notes">
  <p class="map-note"></p>
  <p class="map-missing" hidden>This model has no test codes yet. To see them, run
    <code class="map-command"></code> and start the page again.</p>
  <p>Click or tap the map to use a point as A, as B or as your image. Drag to move the map, and turn
    the wheel to zoom. On a touch screen one finger decodes; two fingers move and zoom.</p>
</div>
<details class="map-layers">
  <summary>Layers</summary>
  {offered}
</details>
<p class="map-announce" aria-live="polite"></p>
</div>
"""


def _absent(layer: str) -> str:
    return f"<small hidden>: {ABSENT[layer]}</small>" if layer in ABSENT else ""
