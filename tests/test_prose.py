"""Texts avoid the phrases of tests/prose.py."""

from functools import cache

import pytest

from tests.paths import ROOT
from tests.prose import BANNED, files, find


@pytest.mark.parametrize(
    "text",
    [
        "it goes on where it stopped",
        "# it goes\n# on",
        "Data of one's own",
        "the weights lie; the file lies beside it",
        "what is no number",
        "saved as it was",
        "the reparameterisation trick",
    ],
)
def test_a_banned_phrase_is_found(text: str) -> None:
    assert find(text)


@pytest.mark.parametrize(
    "text",
    [
        'variance_head == "none"',
        'metrics["binarised"]',
        "display: none;",
        "return None",
        "a price that is no longer paid",
        "there is no ELBO; a better model",
        "the weights as they are stored; each tile stands for one code",
        '<div class="beside-pad">',
        "category on sale",
    ],
)
def test_code_and_harmless_text_are_not_found(text: str) -> None:
    assert find(text) == []


def test_no_text_has_a_banned_phrase() -> None:
    faults = [
        f"{name}:{line}: write {BANNED[phrase]} instead of {phrase}"
        for name, found in faults_by_file().items()
        for line, phrase in found
    ]
    assert not faults, "\n".join(faults)


@cache
def faults_by_file() -> dict[str, list[tuple[int, str]]]:
    return {file.relative_to(ROOT).as_posix(): find(file.read_text()) for file in files()}
