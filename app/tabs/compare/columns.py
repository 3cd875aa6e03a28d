"""Shared markup of the tab "Compare": a column for each model, with its metrics below."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app.components.drawing_pad import MARKUP as PAD
from app.components.panels import results
from app.registry.ablations import COMPARED_MODELS, Record, Study


@dataclass(frozen=True)
class Measure:
    """A metric of metrics.json.

    Attributes:
        label: the name on the page.
        get: reads the value from the metrics.
        text: formats the value.
        best: min or max, to mark the model with the smallest or largest value; None marks no model.
    """

    label: str
    get: Callable[[Record], Any]
    text: Callable[[Any], str]
    best: Callable[[Iterable[Any]], Any] | None = None


@dataclass(frozen=True)
class Table:
    """Metrics that are shown together; `when` is an HTML attribute for scripts to select them."""

    measures: Sequence[Measure]
    when: str = ""


def pad(source: str, start: int) -> str:
    """Return a drawing pad within a panel, for a source of the page's store (see drawing_pad)."""
    return f'<div class="live-pad" data-source="{source}" data-start="{start}">{PAD}</div>'


def columns(
    study: Study,
    content: Callable[[str], str],
    tables: Sequence[Table] = (),
    spaces: Iterable[int] = tuple(COMPARED_MODELS),
) -> str:
    """Return a column for every model whose latent dimension is in `spaces`.

    `content(name)` returns a model's markup, in which NAME is replaced by the model's title.
    """
    sections = "".join(
        _column(study, name, space, content(name), tables)
        for space in spaces
        for name in COMPARED_MODELS[space]
    )
    return f'<div class="members">{sections}</div>'


def _column(study: Study, name: str, space: int, content: str, tables: Sequence[Table]) -> str:
    title, peers = COMPARED_MODELS[space][name], list(COMPARED_MODELS[space])
    figures = "".join(_figures(study, name, peers, table) for table in tables)
    return f"""
<section class="member" data-member="{name}" data-space="{space}">
  <h3>{escape(title.removesuffix(" autoencoder"))}</h3>
  {content.replace("NAME", escape(title))}{figures}
</section>"""


def _figures(study: Study, name: str, peers: list[str], table: Table) -> str:
    rows = "".join(_row(study, name, peers, measure) for measure in table.measures)
    return f'<dl class="figures" {table.when}>{rows}</dl>'


def _row(study: Study, name: str, peers: list[str], measure: Measure) -> str:
    texts = {other: measure.text(measure.get(study.metrics[other])) for other in peers}
    if measure.best is not None:
        best = measure.best(measure.get(study.metrics[other]) for other in peers)
        # Values that are equal after formatting are equally good.
        if texts[name] == measure.text(best):
            return row(measure.label, f"<strong>{texts[name]}</strong>")
    return row(measure.label, texts[name])


def row(label: str, value: str) -> str:
    """Return a row of a metrics table; `value` is markup."""
    return f"<div><dt>{escape(label)}</dt><dd>{value}</dd></div>"


def results_of(sentences: dict[str, list[str]], panel: str) -> str:
    """Return the results of a panel and, for the key "PANEL-32", of its 32-dimensional models."""
    return results(sentences.get(panel, [])) + "".join(
        results(sentences.get(f"{panel}-{space}", []), f' data-space="{space}"')
        for space in COMPARED_MODELS
    )


def percent(share: float) -> str:
    """Return a share as the page formats it."""
    return f"{100 * share:.0f} %"
