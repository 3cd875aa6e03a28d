"""Texts avoid the phrases of tests/prose.py."""

import pytest

from tests.prose import ROOT, files, find


@pytest.mark.parametrize(
    "text",
    [
        "it goes on where it stopped",
        "# it goes\n# on",
        "Data of one's own",
        "the weights lie; the file lies beside it",
        "what is no number",
    ],
)
def test_a_banned_phrase_is_found(text: str) -> None:
    assert find(text)


@pytest.mark.parametrize(
    "text",
    [
        'variance_head == "none"',
        "display: none;",
        "return None",
        "a price that is no longer paid",
        '<div class="beside-pad">',
        "category on sale",
    ],
)
def test_code_and_harmless_text_are_not_found(text: str) -> None:
    assert find(text) == []


@pytest.mark.xfail(reason="texts are rewritten folder by folder; `make prose` counts", strict=False)
def test_no_text_has_a_banned_phrase() -> None:
    faults = [
        f"{file.relative_to(ROOT)}:{line}: {phrase}"
        for file in files()
        for line, phrase in find(file.read_text())
    ]
    assert not faults, "\n".join(faults)
