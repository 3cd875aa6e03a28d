"""What the panels of the tab Compare have in common: a column for each model, figures below it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app.components.drawing_pad import MARKUP as PAD
from app.components.panels import results
from app.registry.ablations import COMPARED_MODELS, Record, Study


@dataclass(frozen=True)
class Measure:
    """A figure of metrics.json.

    Attributes:
        label: what it is called.
        of: finds it in the metrics.
        text: writes it.
        best: min or max marks the model that has the smallest or largest; None marks none.
    """

    label: str
    of: Callable[[Record], Any]
    text: Callable[[Any], str]
    best: Callable[[Iterable[Any]], Any] | None = None


@dataclass(frozen=True)
class Table:
    """Figures that are shown together; `when` is an attribute by which the page finds them."""

    measures: Sequence[Measure]
    when: str = ""


def pad(source: str, start: int) -> str:
    """A drawing pad within a panel, for a source of the page's store (see pad.py)."""
    return f'<div class="live-pad" data-source="{source}" data-start="{start}">{PAD}</div>'


def columns(
    study: Study,
    content: Callable[[str], str],
    tables: Sequence[Table] = (),
    spaces: Iterable[int] = tuple(COMPARED_MODELS),
) -> str:
    """The column of every model with codes of `spaces` dimensions.

    `content`: from a model's name to its markup, in which NAME becomes the model's title.
    """
    every = "".join(
        _column(study, name, space, content(name), tables)
        for space in spaces
        for name in COMPARED_MODELS[space]
    )
    return f'<div class="members">{every}</div>'


def _column(study: Study, name: str, space: int, content: str, tables: Sequence[Table]) -> str:
    title, beside = COMPARED_MODELS[space][name], list(COMPARED_MODELS[space])
    figures = "".join(_figures(study, name, beside, table) for table in tables)
    return f"""
<section class="member" data-member="{name}" data-space="{space}">
  <h3>{escape(title.removesuffix(" autoencoder"))}</h3>
  {content.replace("NAME", escape(title))}{figures}
</section>"""


def _figures(study: Study, name: str, beside: list[str], table: Table) -> str:
    rows = "".join(_row(study, name, beside, measure) for measure in table.measures)
    return f'<dl class="figures" {table.when}>{rows}</dl>'


def _row(study: Study, name: str, beside: list[str], measure: Measure) -> str:
    texts = {other: measure.text(measure.of(study.metrics[other])) for other in beside}
    if measure.best is not None:
        best = measure.best(measure.of(study.metrics[other]) for other in beside)
        # What is equal as written is equally good.
        if texts[name] == measure.text(best):
            return row(measure.label, f"<strong>{texts[name]}</strong>")
    return row(measure.label, texts[name])


def row(label: str, value: str) -> str:
    """A line of figures; `value` is markup."""
    return f"<div><dt>{escape(label)}</dt><dd>{value}</dd></div>"


def results_of(sentences: dict[str, list[str]], panel: str) -> str:
    """The measured results of a panel, and those of its models with 32 dimensions ("PANEL-32")."""
    return results(sentences.get(panel, [])) + "".join(
        results(sentences.get(f"{panel}-{space}", []), f' data-space="{space}"')
        for space in COMPARED_MODELS
    )


def percent(share: float) -> str:
    """As the page writes it."""
    return f"{100 * share:.0f} %"
