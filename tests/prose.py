"""The phrases that texts of this repository avoid, and a search for them."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

SUFFIXES = {".py", ".js", ".html", ".j2", ".md", ".yaml", ".toml"}
NOT_OURS = {".venv", ".git", "weights", "node_modules"}
EXCEPTIONS = {"tests/prose.py", "tests/test_prose.py"}  # they hold the list
# A phrase, and what to write instead.
BANNED = {
    r"of one[’']s own": "your own",
    r"beside": "next to, along with, compared with",
    r"anew": "again, or nothing",
    r"stands(?! for)|lies": "is",
    r"go(es)? on|going on": "continue, resume",
    r"begins? with the weights": "is initialized from",
    r"whoever|whichever": "the one that",
    r"merely": "only",
    r"hardly": "few, barely",
    r"dear|dearest": "expensive",
    r"betters": "improves",
    r"mends?|mended": "corrects",
    r"in the eyes of": "by",
    r"by heart": "memorize",
    r"as (it|they) (is|are|was|were)(?! [a-z]+(ed|en)\b)": "unchanged",
    r"(?<!there\s)(is|are|was|were) no(?! longer)": "is not a",
    r"none": "no one, not any",
    r"(binari|discreti|reparameteri)s(e|ed|es|ing|ation)": "the American z, unknown to codespell",
}
_PHRASES = {
    phrase: re.compile(
        rf"(?<![\w.\-/\"'`])(?:{phrase})(?![\w\-/(=\"'`])".replace(" ", r"[\s#/*]+"), re.IGNORECASE
    )  # a phrase may continue on the next line of a comment
    for phrase in BANNED
}
# "None" is Python's; "none" after a colon is a style.
_PHRASES[r"none"] = re.compile(r"(?<![\w.\-/\"'`:=] )(?<![\w.\-/\"'`:=])none(?![\w\-/(=\"'`;])")


def files() -> Iterator[Path]:
    """Yield every text file of the repository that people wrote."""
    for file in sorted(ROOT.rglob("*")):
        name = file.relative_to(ROOT)
        ours = not NOT_OURS & set(name.parts) and name.as_posix() not in EXCEPTIONS
        if ours and file.suffix in SUFFIXES and file.is_file():
            yield file


def find(text: str) -> list[tuple[int, str]]:
    """Return the line number and the banned phrase of each fault in a text."""
    return [
        (text.count("\n", 0, match.start()) + 1, phrase)
        for phrase, pattern in _PHRASES.items()
        for match in pattern.finditer(text)
    ]
