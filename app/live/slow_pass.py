"""The slow-motion pass: the visitor's digit goes through the model one stage at a time.

Python lays out a button and a panel for each stage and answers with the numbers; slow_pass.js steps
through them. What a stage says stands in slow_pass_stages.py.
"""

import math
from collections.abc import Sequence
from html import escape

import gradio as gr
import numpy as np

from app import trace
from app.catalogue import Catalogue
from app.images import to_uint8
from app.inference import Array
from app.live import slow_pass_graphs as graphs
from app.live.component import component
from app.live.formula import mathml
from app.live.slow_pass_stages import (
    DARK,
    EPSILON,
    IDENTIFIERS,
    MU,
    SIGMA,
    SYMBOLS,
    Passage,
    Stage,
    Z,
    marked,
    stages,
)
from app.live.wire import (
    Payload,
    ServerFunction,
    finite,
    pack_bytes,
    pack_floats,
    pack_images,
    read_image,
    read_whole,
)
from app.lookup import Look

GRADIENT = ("blocked", "free")  # the stages of the way back
GRAPHS = {"blocked": graphs.SAMPLED, "free": graphs.REPARAMETERIZED}
LEGEND = {"mu": MU, "sigma": SIGMA, "epsilon": EPSILON, "z": Z}


def slow_pass(elem_id: str = "slow-pass") -> gr.HTML:
    """The machine with a button for each stage, the controls, and a panel for each stage."""
    every = stages()
    forward = [stage for stage in every if stage.key not in GRADIENT]
    back = [stage for stage in every if stage.key in GRADIENT]
    number = {stage.key: i for i, stage in enumerate(every, start=1)}

    def buttons(of: list[Stage]) -> str:
        return "".join(_button(stage, number[stage.key]) for stage in of)

    markup = f"""
<div class="pass" data-likelihood="bernoulli" data-head="log" data-encoder="layers">
<p class="invitation" hidden>No digit yet: draw one in the tab Reconstruct, and watch it go through
  the model here. Or <button type="button" class="action" data-action="sample">take a new sample
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
    <button type="button" class="action" data-action="draw">Draw another {mathml(EPSILON)}</button>
  </div>
  <div class="gradient" role="group" aria-label="Stages of the gradient">
    <span>Gradient</span>{buttons(back)}
  </div>
  <div class="legend" role="group" aria-label="Highlight a symbol">{_legend()}</div>
</div>
<p class="announce" role="status"></p>
<div class="panels">{"".join(_panel(stage, number[stage.key], len(every)) for stage in every)}</div>
</div>"""
    return component("slow_pass", markup, elem_id=elem_id, digit="digit")


def slow_pass_functions(catalogue: Catalogue) -> list[ServerFunction]:
    """The server functions of this component, for the bridge."""

    def slow_pass(payload: Payload) -> Payload:
        """In: model, pixels (28x28), seed. Out: every intermediate result of the pass."""
        model = catalogue[payload.get("model")]
        x, seed = read_image(payload, "pixels"), read_whole(payload, "seed")
        config, found = model.vae.config, trace.trace(model.vae, x, seed)
        return {
            "model": model.name,
            "likelihood": config.likelihood,
            "head": config.variance_head,
            "kind": "look" if config.lookup else "check" if config.ascent else "layers",
            "moved": None if found.moved is None else _layer("Ascent", found.moved),
            "encoder": [_layer(*layer) for layer in found.encoder],
            "decoder": [_layer(*layer) for layer in found.decoder],
            **{name: finite(getattr(found, name)) for name in ("mu", "logvar", "std", "eps", "z")},
            "x_hat": pack_images(found.x_hat[None]),
            "reconstruction": pack_floats(found.reconstruction),
            "kl": None if found.kl is None else finite(found.kl),
        }

    def sampling_gradients(payload: Payload) -> Payload:
        """In: model, pixels (28x28), seed. Out: sampled, outside, kl: each term's gradients."""
        model = catalogue[payload.get("model")]
        x, seed = read_image(payload, "pixels"), read_whole(payload, "seed")
        found = trace.sampling_gradients(model.vae, x, seed)
        return {
            "model": model.name,
            "sampled": _gradients(found.sampled),
            "outside": _gradients(found.reparameterized),
            "kl": _gradients(found.kl),
        }

    return [slow_pass, sampling_gradients]


def _gradients(gradients: trace.Gradients | None) -> Payload | None:
    """For the page; null is where there is no path, or within an array what is not finite."""
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
    """A layer's output as a grey picture."""
    tiles = _mosaic(values)
    grey = _below_the_best(tiles) if name == Look.__name__ else _about_zero(tiles)
    return {
        "name": name,
        "shape": list(values.shape),
        "size": list(tiles.shape),
        "pixels": pack_bytes(to_uint8(grey)),
    }


def _about_zero(tiles: Array) -> Array:
    """0 is grey, the largest value white or black."""
    peak = float(np.abs(tiles).max())
    return 0.5 + 0.5 * tiles / peak if peak > 0 else np.full_like(tiles, 0.5)


def _below_the_best(nats: Array) -> Array:
    """The best is white, what is DARK nats worse black."""
    grey: Array = 1 + np.maximum(nats - nats.max(), -DARK) / DARK
    return grey


def _mosaic(values: Array) -> Array:
    """(N,) as the squarest upright rectangle, (C, H, W) as its channels side by side."""
    if values.ndim == 1:
        return values.reshape(-1, _squarest(len(values)))
    channels, height, width = values.shape
    across = _squarest(channels)
    tiles = values.reshape(channels // across, across, height, width).transpose(0, 2, 1, 3)
    return tiles.reshape(channels // across * height, across * width)


def _squarest(count: int) -> int:
    """The largest divisor of a number that is no larger than its root."""
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
    words = "".join(
        f"<span{_when(part)}>{marked(part.content, SYMBOLS)} </span>" for part in stage.words
    )
    return f"""
<section class="panel" data-panel="{stage.key}" aria-labelledby="stage-{stage.key}" hidden>
  <h2 id="stage-{stage.key}"><span class="count">{number} of {count}</span>
    {_title(stage)}</h2>
  <div class="formula">{formula}</div>
  <div class="figure">{GRAPHS.get(stage.key, "")}</div>
  <div class="words"><p>{words}</p><div class="aside"></div></div>
  <div class="code">{_code(stage.code)}</div>
</section>"""


def _title(stage: Stage) -> str:
    if not stage.title_of_point:
        return marked(stage.title, SYMBOLS)
    titles = {"distribution": stage.title, "point": stage.title_of_point}
    return "".join(
        f'<span data-when="{kind}">{marked(title, SYMBOLS)}</span>'
        for kind, title in titles.items()
    )


def _code(lines: Sequence[Passage]) -> str:
    """Lines of code, the name of their file below the last of them."""
    following = [*(line.place for line in lines[1:]), ""]
    return "".join(
        f"<div{_when(line)}><code>{marked(line.content, IDENTIFIERS)}</code>"
        + (f'<span class="place">{line.place}</span>' if line.place != after else "")
        + "</div>"
        for line, after in zip(lines, following, strict=True)
    )


def _when(passage: Passage) -> str:
    return f' data-when="{passage.when}"' if passage.when else ""
