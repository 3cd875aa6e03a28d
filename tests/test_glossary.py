"""The glossary: the page marks its terms, meanings are short, and the document has the same."""

import re
from pathlib import Path

import httpx
import pytest

from app.components.glossary import Entry, read_glossary

ROOT = Path(__file__).parent.parent
GLOSSARY = read_glossary()
MARKED = re.compile(r'popovertarget=\\?"term-([^"\\]*)')
ROW = re.compile(r"^\| ([^|]+) \|[^|]*\| (.+) \|$", re.MULTILINE)
MAX_WORDS = 25  # in a sentence


def test_each_marked_term_has_a_meaning_and_each_meaning_a_marked_term(server: str) -> None:
    assert set(MARKED.findall(httpx.get(server).text)) == set(GLOSSARY)


@pytest.mark.parametrize("entry", GLOSSARY.values(), ids=GLOSSARY.keys())
def test_a_meaning_is_one_or_two_short_sentences(entry: Entry) -> None:
    sentences = re.split(r"(?<=\.) ", entry.meaning)
    assert len(sentences) <= 2
    for sentence in sentences:
        assert sentence.endswith(".")
        assert len(sentence.split()) <= MAX_WORDS


def test_the_document_has_the_sentences_of_the_page() -> None:
    document = (ROOT / "docs/glossary.md").read_text().replace(r"\|", "\N{BROKEN BAR}")
    rows = {term: meaning.replace("\N{BROKEN BAR}", "|") for term, meaning in ROW.findall(document)}
    for entry in GLOSSARY.values():
        assert rows[entry.term] == entry.meaning
