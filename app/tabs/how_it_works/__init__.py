"""The tab "How it works": the forward pass of the visitor's image, one stage at a time.

The markup has a button and a panel for each stage, a server function returns the numbers, and
how_it_works.js steps through the stages. stages.py has the text of each stage.
"""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr
import numpy as np

from app.frontend.formula import mathml
from app.frontend.mount import component
from app.frontend.payloads import (
    Payload,
    ServerFunction,
    finite,
    pack_bytes,
    pack_floats,
    pack_images,
)
from app.frontend.requests import ImageRequest, unit
from app.images import to_uint8
from app.model import trace
from app.model.inference import Array
from app.registry.models import ModelRegistry
from app.tabs.how_it_works import graphs
from app.tabs.how_it_works.stages import (
    EPSILON,
    IDENTIFIERS,
    MU,
    SIGMA,
    SYMBOLS,
    Block,
    Stage,
    Z,
    marked,
    stages,
)

GRADIENT = ("blocked", "free")  # the stages of the backward pass
GRAPHS = {"blocked": graphs.SAMPLED, "free": graphs.REPARAMETERIZED}
LEGEND = {"mu": MU, "sigma": SIGMA, "epsilon": EPSILON, "z": Z}


def how_it_works(elem_id: str = "slow-pass") -> gr.HTML:
    """Return the diagram with a button for each stage, the controls, and a panel for each stage."""
    every = stages()
    forward = [stage for stage in every if stage.key not in GRADIENT]
    backward = [stage for stage in every if stage.key in GRADIENT]
    number = {stage.key: i for i, stage in enumerate(every, start=1)}

    def buttons(of: list[Stage]) -> str:
        return "".join(_button(stage, number[stage.key]) for stage in of)

    markup = f"""
<div class="pass" data-likelihood="bernoulli" data-head="log">
<p class="invitation" hidden>No image yet. Draw one in the tab Reconstruct to see its forward pass
  here, or <button type="button" class="action" data-action="sample">use a new sample
  </button></p>
<div class="machine" role="group" aria-label="Stages of the forward pass">
  <svg class="wires" aria-hidden="true"></svg>{buttons(forward)}
</div>
<div class="controls">
  <div class="player">
    <button type="button" class="action" data-action="back">Back</button>
    <button type="button" class="action primary" data-action="play" aria-pressed="false">Play
    </button>
    <button type="button" class="action" data-action="step">Step</button>
    <button type="button" class="action" data-action="draw">Resample {mathml(EPSILON)}</button>
  </div>
  <div class="gradient" role="group" aria-label="Stages of the gradient">
    <span>Gradient</span>{buttons(backward)}
  </div>
  <div class="legend" role="group" aria-label="Highlight a symbol">{_legend()}</div>
</div>
<p class="announce" role="status"></p>
<div class="panels">{"".join(_panel(stage, number[stage.key], len(every)) for stage in every)}</div>
</div>"""
    return component(
        Path(__file__).with_name("how_it_works.js"), markup, elem_id=elem_id, digit="digit"
    )


def how_it_works_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of this tab, for the RPC endpoint."""

    def forward_pass(request: ImageRequest) -> Payload:
        """Return every intermediate result of the forward pass."""
        model = registry[request.model]
        found = trace.trace(model.vae, unit(request.pixels), request.seed)
        config = model.vae.config
        return {
            "model": model.name,
            "likelihood": config.likelihood,
            "head": config.variance_head,
            "encoder": [_layer(*layer) for layer in found.encoder],
            "decoder": [_layer(*layer) for layer in found.decoder],
            **{name: finite(getattr(found, name)) for name in ("mu", "logvar", "std", "eps", "z")},
            "x_hat": pack_images(found.x_hat[None]),
            "reconstruction": pack_floats(found.reconstruction),
            "kl": None if found.kl is None else finite(found.kl),
        }

    def sampling_gradients(request: ImageRequest) -> Payload:
        """Return the gradients of each term: sampled, outside (reparameterized) and kl."""
        model = registry[request.model]
        found = trace.sampling_gradients(model.vae, unit(request.pixels), request.seed)
        return {
            "model": model.name,
            "sampled": _gradients(found.sampled),
            "outside": _gradients(found.reparameterized),
            "kl": _gradients(found.kl),
        }

    return [forward_pass, sampling_gradients]


def _gradients(gradients: trace.Gradients | None) -> Payload | None:
    """Return gradients as JSON: null without a path in the graph, and for non-finite values."""
    if gradients is None:
        return None
    vectors = {"mu": gradients.mu, "logvar": gradients.logvar}
    norms = {"encoder": gradients.encoder, "decoder": gradients.decoder}
    return {
        **{name: None if value is None else finite(value) for name, value in vectors.items()},
        **{name: _number(value) for name, value in norms.items()},
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _layer(name: str, values: Array) -> Payload:
    """Return a layer's output as a gray image: 0 is gray, the largest value white or black."""
    tiles = _mosaic(values)
    peak = float(np.abs(tiles).max())
    gray = 0.5 + 0.5 * tiles / peak if peak > 0 else np.full_like(tiles, 0.5)
    return {
        "name": name,
        "shape": list(values.shape),
        "size": list(tiles.shape),
        "pixels": pack_bytes(to_uint8(gray)),
    }


def _mosaic(values: Array) -> Array:
    """Return (N,) as the most nearly square upright rectangle, (C, H, W) as a grid of channels."""
    if values.ndim == 1:
        return values.reshape(-1, _largest_divisor(len(values)))
    channels, height, width = values.shape
    across = _largest_divisor(channels)
    tiles = values.reshape(channels // across, across, height, width).transpose(0, 2, 1, 3)
    return tiles.reshape(channels // across * height, across * width)


def _largest_divisor(count: int) -> int:
    """Return the largest divisor of a number that is at most its square root."""
    return next(width for width in range(math.isqrt(count), 0, -1) if count % width == 0)


def _button(stage: Stage, number: int) -> str:
    return f"""
<button type="button" class="stage" data-stage="{stage.key}" style="grid-area: {stage.key}">
  <span class="number">{number}</span> <span class="label">{mathml(stage.label)}</span>
  <span class="value"></span> <span class="spoken">{escape(stage.title)}</span></button>"""


def _legend() -> str:
    return "".join(
        f'<button type="button" class="{name}" data-symbol="{name}" aria-pressed="false" '
        f'aria-label="Highlight {name}" title="Highlight it everywhere">{mathml(symbol)}</button>'
        for name, symbol in LEGEND.items()
    )


def _panel(stage: Stage, number: int, count: int) -> str:
    formula = "".join(f"<p{_when(part)}>{mathml(part.content)}</p>" for part in stage.formula)
    text = "".join(
        f"<span{_when(part)}>{marked(part.content, SYMBOLS)} </span>" for part in stage.text
    )
    return f"""
<section class="panel" data-panel="{stage.key}" aria-labelledby="stage-{stage.key}" hidden>
  <h2 id="stage-{stage.key}"><span class="count">{number} of {count}</span>
    {_title(stage)}</h2>
  <div class="formula">{formula}</div>
  <div class="figure">{GRAPHS.get(stage.key, "")}</div>
  <div class="words"><p>{text}</p><div class="aside"></div></div>
  <div class="code">{_code(stage.code)}</div>
</section>"""


def _title(stage: Stage) -> str:
    if not stage.deterministic_title:
        return marked(stage.title, SYMBOLS)
    titles = {"distribution": stage.title, "point": stage.deterministic_title}
    return "".join(
        f'<span data-when="{kind}">{marked(title, SYMBOLS)}</span>'
        for kind, title in titles.items()
    )


def _code(lines: Sequence[Block]) -> str:
    """Return the markup of lines of code, with the file name below the last line of each file."""
    following = [*(line.file for line in lines[1:]), ""]
    return "".join(
        f"<div{_when(line)}><code>{marked(line.content, IDENTIFIERS)}</code>"
        + (f'<span class="place">{line.file}</span>' if line.file != after else "")
        + "</div>"
        for line, after in zip(lines, following, strict=True)
    )


def _when(block: Block) -> str:
    return f' data-when="{block.when}"' if block.when else ""
