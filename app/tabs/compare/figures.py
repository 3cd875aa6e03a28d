"""Figures of the compared models as text; the best one is marked."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from app.registry.ablations import COMPARED_MODELS, Ablations, Record

Get = Callable[[Record], Any]
Text = Callable[[Any], str]
Best = Callable[[Iterable[Any]], Any]


class Figure(NamedTuple):
    """A figure of a model; `is_best` among the models of its latent dimension."""

    text: str
    is_best: bool = False


def figures(
    ablations: Ablations,
    get: Get,
    text: Text,
    best: Best | None = None,
    spaces: Mapping[int, Mapping[str, str]] = COMPARED_MODELS,
) -> dict[str, Figure]:
    """Return a figure of each model by name.

    Args:
        ablations: the models' metrics.
        get: reads the value from a model's metrics.
        text: formats the value. Values with the same text are equally good.
        best: min or max; None marks no model.
        spaces: the models by latent dimension. Those of one dimension are compared.
    """
    found: dict[str, Figure] = {}
    for models in spaces.values():
        values = {name: get(ablations.metrics[name]) for name in models}
        most = None if best is None else text(best(values.values()))
        found |= {name: Figure(text(value), text(value) == most) for name, value in values.items()}
    return found
