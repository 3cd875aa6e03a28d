"""The panel of the replay: moments of a training, to be played.

What is large, the decoded planes and the codes, has addresses of its own, which a browser keeps.
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
VIEW = 0.999  # the share of all codes that the view holds


def replay_panel(replay: Replay, sentences: Sequence[str]) -> Panel:
    """Plane, codes and terms at one moment; `sentences`: what came of the training."""
    legend = "".join(
        f'<li><i style="background: {color}"></i>{digit}</li>'
        for digit, color in enumerate(CLASS_COLORS)
    )
    last = len(replay.snapshots) - 1
    body = f"""
<div class="player">
  <button type="button" class="action primary" data-action="play">Play</button>
  <input type="range" min="0" max="{last}" step="1" value="{last}"
    aria-label="Moment of the training">
  <output data-text="moment"></output>
</div>
<div class="moment">
  <figure>
    <figcaption>Codes μ of {len(replay.label):,} test images, prior dotted</figcaption>
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
    <p class="explanation">z₁ grows to the right, z₂ upward; each tile stands for the same share of
    the prior.</p>
  </figure>
  <div class="terms">
    {chart("reconstruction", "Reconstruction, nats per test image")}
    {chart("kl", "KL, nats per test image")}
  </div>
</div>
{results(sentences)}"""
    return Panel(
        "replay",
        "Replay: one training, moment by moment",
        "Play it and watch which comes first: an average digit everywhere, a plane that differs "
        "from place to place, or digits in regions of their own.",
        body,
        "At first every place on the plane decodes to nearly the same blur. Why does the model "
        "begin with that, and not with the codes?",
        "The decoder's bias alone can learn which pixels are ever white, whatever z is, and that "
        "saves most nats at once. To tell images apart the encoder has to send something and the "
        "decoder to heed it; until both do, information in z costs KL and buys nothing.",
    )


def timeline(replay: Replay) -> Payload:
    """What the page needs to play: terms, addresses, and how far the codes reach."""
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
        "half": max(PRIOR_RADII[-1], float(np.quantile(np.abs(replay.mu), VIEW))),
        "radii": PRIOR_RADII,
        "colors": CLASS_COLORS,
    }


def routes(study: Study | None) -> list[Route]:
    """The server's answers to these addresses; none where there is no replay."""
    replay = None if study is None else study.replay
    return [] if replay is None else [_route(replay)]


def _route(replay: Replay) -> Route:
    def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name == CODES:
            content = replay.mu.astype("<f2").tobytes()
            return Response(content, media_type="application/octet-stream", headers=FOREVER)
        try:
            return Response(replay.manifold_png(name), media_type="image/png", headers=FOREVER)
        except ValueError as error:
            return Response(str(error), 404, media_type="text/plain")

    return Route(f"{ADDRESS}/{{name}}", answer)


def _address(replay: Replay, name: str) -> str:
    return f"{ADDRESS}/{name}?{replay.version}"
