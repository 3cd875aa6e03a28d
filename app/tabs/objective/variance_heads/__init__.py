"""The panel of the variance heads: σ² as a function of the encoder's output a, and the runs."""

from collections.abc import Sequence

from app.components.panels import Panel, results
from app.frontend.payloads import Payload
from app.registry.ablations import HEADS, VAE_NAME, Study
from app.tabs.objective.parts import chart

FIRST = -1.5  # initial a, for which the three heads differ
MAX_A = 4  # the slider goes from -4 to 4
# The interval of a with a variance below 1, and a comment on it.
BELOW_ONE = {
    "log": ("(−∞, 0)", "every negative a, and all of (0, 1) is reached"),
    "relu": ("(−∞, 1)", "but every a ≤ 0 gives exactly 0 with slope 0: stuck"),
    "abs": ("(−1, 1)", "a short interval, and the sign of a is lost"),
}
CURVES = {
    "variance": "σ², mean over images and dimensions",
    "negative_elbo": "−ELBO, nats per image",
    "gradient_norm": "norm of the gradient before clipping",
    "lost_steps": "steps skipped in the epoch",
}


def heads_panel(study: Study, sentences: Sequence[str]) -> Panel:
    """Return the panel: the functions of a, the training curves, and the measured `sentences`."""
    clip = study.recipe(VAE_NAME)["gradient_clip"]
    seeds = max(map(len, study.by_head.values()))
    charts = "".join(chart(name, caption) for name, caption in CURVES.items())
    body = f"""
<div class="two">
  {chart("functions", "σ² as a function of a, an output of the encoder")}
  <div class="readout">
    <label class="field"><span class="field-name">a</span>
      <output data-text="a"></output>
      <input type="range" min="-{MAX_A}" max="{MAX_A}" step="0.01" value="{FIRST}" aria-label="a">
    </label>
    <table><thead><tr><td></td><th scope="col">σ²</th><th scope="col">slope</th>
      <th scope="col">σ² &lt; 1 for a in</th></tr></thead>
      <tbody>{"".join(_row(head) for head in HEADS)}</tbody></table>
    <p class="explanation">A posterior is narrower than the prior, so σ² has to be well below 1.
    With log σ² = a every negative a gives a σ² in (0, 1), and adding 1 to a always multiplies σ²
    by e.</p>
  </div>
</div>
<h3>Trained with each, {seeds} seeds: {_legend()}</h3>
<div class="two runs">{charts}</div>
<p class="explanation" data-text="gaps" role="status"></p>
<p class="explanation">σ² is neither clamped nor given a minimum. For all heads, a gradient with a
norm above {clip:g} is scaled down to {clip:g}, and a step whose gradient is not finite is skipped
and counted.</p>
{results(sentences)}"""
    return Panel(
        "heads",
        "Variance: why the encoder outputs log σ²",
        "Move a below 0 and compare the slopes. Then find in the curves below what a slope of 0 "
        "did to σ².",
        body,
        "ReLU(a) and |a| can give every variance, from 0 upwards. Why is that not enough?",
        "Gradient descent has to reach it and leave it again. Where ReLU gives 0 it also has slope "
        "0: σ² = 0 gets no gradient any more, and the KL's −½ log σ² is infinite. |a| can leave 0 "
        "again, but near 0 the KL's gradient −1/(2σ²) is unbounded, so steps overshoot. With "
        "a = log σ² this gradient is ½(σ² − 1), never below −½.",
    )


def training_curves(study: Study) -> Payload:
    """Return the runs of each head: {seed, epoch: [...]} and a list for each of CURVES.

    Non-finite values are null.
    """
    return {
        "heads": {
            head: [_run(study, name) for name in names] for head, names in study.by_head.items()
        }
    }


def _run(study: Study, name: str) -> Payload:
    epochs = study.logs[name][1:]
    # λ is 1 in all of them, so the loss is -ELBO.
    columns = {"epoch": "epoch"} | {key: key for key in CURVES} | {"negative_elbo": "loss"}
    return {"seed": study.recipe(name)["seed"]} | {
        key: [epoch[column] for epoch in epochs] for key, column in columns.items()
    }


def _legend() -> str:
    return "".join(
        f'<span class="key" data-head="{head}"><i></i>{title}</span>'
        for head, title in HEADS.items()
    )


def _row(head: str) -> str:
    interval, note = BELOW_ONE[head]
    return f"""
<tr><th scope="row"><span class="key" data-head="{head}"><i></i>{HEADS[head]}</span></th>
<td data-value="{head}"></td><td data-slope="{head}"></td>
<td class="share">{interval} <span>{note}</span></td></tr>"""
