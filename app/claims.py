"""Sentences that state a result: shown only where the study's figures bear them out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.registry.ablations import Study


@dataclass(frozen=True)
class Claim:
    """One result.

    Attributes:
        panel: the key of the panel that shows it.
        text: the sentence, with the figures in it.
        holds: whether it is true of them.
    """

    panel: str
    text: Callable[[Study], str]
    holds: Callable[[Study], bool]


def shown(study: Study, claims: Iterable[Claim]) -> dict[str, list[str]]:
    """The sentences that hold, by the key of their panel."""
    sentences: dict[str, list[str]] = {}
    for claim in claims:
        if claim.holds(study):
            sentences.setdefault(claim.panel, []).append(claim.text(study))
    return sentences
