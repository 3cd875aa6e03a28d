"""The glossary: the page marks its terms, meanings are short, and the document has the same."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from app.components.glossary import Entry, read_glossary
from tests.paths import ROOT

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


# Words that a part of the page marks where a sentence first uses them, and their keys.
WORDS = {
    "[Nn]ats?": "nat",
    "ELBO": "elbo",
    "KL": "kl",
    "prior": "prior",
    "posterior": "posterior",
    "RMSE": "rmse",
    "Fréchet distance": "frechet-distance",
    "MNIST": "mnist",
    "logits": "logits",
    "temperature": "temperature",
    "posterior collapse": "posterior-collapse",
}
# Headings, names of controls and of figures that repeat for each model are not sentences.
HEADINGS = {"h1", "h2", "h3", "summary"}
CONTROLS = {"a", "button", "label", "legend"}
NOT_SENTENCES = {*HEADINGS, *CONTROLS, "code", "dt", "math", "svg"}
PARTS = {"details": "data-panel", "section": "data-panel", "article": "data-chapter"}
VOID = {"br", "img", "input"}


class Sentences(HTMLParser):
    """Collects the text of each panel, stage and chapter, with its terms.

    Attributes:
        texts: part -> [(text, key of the marked term or "")], in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[tuple[str, str]]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        names = [found.get(PARTS.get(tag, "")) for tag, found in self.open]
        part = next((name for name in reversed(names) if name), "")
        target = next(
            (found.get("popovertarget") for _, found in self.open if "popovertarget" in found), ""
        )
        if target or not NOT_SENTENCES & {tag for tag, _ in self.open}:
            self.texts.setdefault(part, []).append((data, (target or "").removeprefix("term-")))


def test_each_part_of_the_page_marks_a_term_where_it_first_uses_it(server: str) -> None:
    components = httpx.get(f"{server}/config").json()["components"]
    unmarked = []
    for props in [component["props"] for component in components]:
        sentences = Sentences()
        sentences.feed(props.get("html_template") or "")
        for part, texts in sentences.texts.items():
            for word, key in WORDS.items():
                uses = [(text, marked) for text, marked in texts if word_in(word, text)]
                if uses and uses[0][1] == "":
                    unmarked.append(f"{props['elem_id']} {part}: {key} in {uses[0][0]!r}")
    assert not unmarked


def word_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){word}(?!\w)", text) is not None
