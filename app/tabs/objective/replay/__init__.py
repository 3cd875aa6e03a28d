"""The panel "Replay": snapshots of a training run, played in order.

The decoded planes and the codes are large, so they have their own URLs, which browsers cache.
"""

import numpy as np
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from app.components.latent_map.figure import CLASS_COLORS, PRIOR_RADII
from app.frontend.assets.compression import FOREVER
from app.frontend.payloads import Payload, ServerFunction, pack_bytes
from app.frontend.requests import Request
from app.registry.ablations import Ablations
from app.registry.snapshots import Replay

ADDRESS = "/replay"
CODES = "codes"
VIEW_QUANTILE = 0.999  # share of the codes within the view


def functions(ablations: Ablations) -> list[ServerFunction]:
    """Return the panel's server functions."""

    def replay(request: Request) -> Payload:
        """Return the snapshots of a training run, and the URLs of their images and codes."""
        if ablations.replay is None:
            raise ValueError("no training snapshots were stored")
        return timeline(ablations.replay)

    return [replay]


def timeline(replay: Replay) -> Payload:
    """Return the terms and the URLs of the snapshots, and half the side of the codes' view."""
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


def routes(ablations: Ablations | None) -> list[Route]:
    """Return the routes of these URLs; an empty list without a replay."""
    replay = None if ablations is None else ablations.replay
    return [] if replay is None else [_route(replay)]


def _route(replay: Replay) -> Route:
    def respond(request: HttpRequest) -> Response:
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
