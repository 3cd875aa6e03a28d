"""The panel of the replay: snapshots of a training run, played in order.

The decoded planes and the codes are large, so they have their own URLs, which browsers cache.
"""

from collections.abc import Sequence

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.components.latent_map.figure import CLASS_COLORS, PRIOR_RADII
from app.components.panels import Panel, results
from app.frontend.assets import FOREVER
from app.frontend.payloads import Payload, pack_bytes
from app.registry.ablations import Study
from app.registry.snapshots import Replay
from app.tabs.objective.parts import chart

ADDRESS = "/replay"
CODES = "codes"
VIEW_QUANTILE = 0.999  # share of the codes within the view


def replay_panel(replay: Replay, sentences: Sequence[str]) -> Panel:
    """Return the panel: plane, codes and terms of one snapshot, and the measured `sentences`."""
    legend = "".join(
        f'<li><i style="background: {color}"></i>{digit}</li>'
        for digit, color in enumerate(CLASS_COLORS)
    )
    last = len(replay.snapshots) - 1
    body = f"""
<div class="player">
  <button type="button" class="action primary" data-action="play">Play</button>
  <input type="range" min="0" max="{last}" step="1" value="{last}"
    aria-label="Step of the training">
  <output data-text="moment"></output>
</div>
<div class="moment">
  <figure>
    <figcaption>Codes μ of {len(replay.label):,} test images; the prior is dotted</figcaption>
    <div class="scatter">
      <canvas class="codes" role="img"
        aria-label="Codes of test images, colored by digit"></canvas>
      <svg aria-hidden="true"></svg>
    </div>
    <ul class="legend" aria-label="Digits">{legend}</ul>
  </figure>
  <figure>
    <figcaption>The plane decoded, at even quantiles of the prior</figcaption>
    <canvas class="decoded" width="560" height="560" role="img"
      aria-label="The decoded plane"></canvas>
    <p class="explanation">z₁ grows to the right, z₂ upward; each tile has the same share of the
    prior.</p>
  </figure>
  <div class="terms">
    {chart("reconstruction", "Reconstruction, nats per test image")}
    {chart("kl", "KL, nats per test image")}
  </div>
</div>
{results(sentences)}"""
    return Panel(
        "replay",
        "Replay: one training run, step by step",
        "Play it and watch what appears first: one average digit everywhere, a plane that varies "
        "with z, or a separate region for each digit.",
        body,
        "At first every z decodes to nearly the same blur. Why does the model learn that first, "
        "and not the codes?",
        "The decoder's bias alone can learn how often each pixel is white, and that saves most "
        "nats at once. To distinguish images, the encoder has to put information into z and the "
        "decoder has to use it. Until both do, information in z costs KL and gains nothing.",
    )


def timeline(replay: Replay) -> Payload:
    """Return the terms and the URLs of the snapshots, and the extent of the codes."""
    return {
        "moments": [
            {
                "step": snapshot.step,
                "epoch": snapshot.epoch,
                "reconstruction": snapshot.reconstruction,
                "kl": snapshot.kl,
                "plane": _address(replay, snapshot.plane),
            }
            for snapshot in replay.snapshots
        ],
        "codes": _address(replay, CODES),
        "label": pack_bytes(replay.label),
        "half": max(PRIOR_RADII[-1], float(np.quantile(np.abs(replay.mu), VIEW_QUANTILE))),
        "radii": PRIOR_RADII,
        "colors": CLASS_COLORS,
    }


def routes(study: Study | None) -> list[Route]:
    """Return the routes of these URLs; an empty list without a replay."""
    replay = None if study is None else study.replay
    return [] if replay is None else [_route(replay)]


def _route(replay: Replay) -> Route:
    def respond(request: Request) -> Response:
        name = request.path_params["name"]
        if name == CODES:
            content = replay.mu.astype("<f2").tobytes()
            return Response(content, media_type="application/octet-stream", headers=FOREVER)
        try:
            return Response(replay.manifold_png(name), media_type="image/png", headers=FOREVER)
        except ValueError as error:
            return Response(str(error), 404, media_type="text/plain")

    return Route(f"{ADDRESS}/{{name}}", respond)


def _address(replay: Replay, name: str) -> str:
    return f"{ADDRESS}/{name}?{replay.version}"
