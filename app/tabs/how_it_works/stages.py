"""Stages of the forward and backward pass, read from stages.yaml and checked.

The lines of code are read from the running source, so that the page always shows the lines that
computed its numbers.
"""

import inspect
import re
from itertools import zip_longest
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, TypeAdapter

FILE = Path(__file__).with_name("stages.yaml")

# The CSS class of each symbol in text and of each identifier in code, longer symbols first.
SYMBOLS = {
    **dict.fromkeys(("log σ²", "σ²", "σ", "logvar", "std"), "sigma"),
    **dict.fromkeys(("μ", "mu"), "mu"),
    **dict.fromkeys(("ε", "eps"), "epsilon"),
    "z": "z",
}
_SYMBOL = re.compile(rf"(?<!\w)({'|'.join(SYMBOLS)})(?!\w)")
# A term of the glossary in a text, as "[nats](nat)".
_TERM = re.compile(r"\[([^\]]+)\]\(([a-z-]+)\)")

# The models that a line applies to: all, by kind of encoder, by likelihood, or by variance head.
Kind = Literal[
    "all",
    "stochastic",
    "deterministic",
    "bernoulli",
    "gaussian",
    "log",
    "softplus",
    "abs",
    "relu",
]
Lines = Annotated[
    list[str], BeforeValidator(lambda value: value if isinstance(value, list) else [value])
]
Variants = Annotated[
    dict[Kind, Lines],
    BeforeValidator(lambda value: value if isinstance(value, dict) else {"all": value}),
]


class Stage(BaseModel, frozen=True, extra="forbid"):
    """One stage. Its lines are grouped by the kind of model that they apply to.

    Attributes:
        key: the name in the markup and the scripts.
        label: LaTeX on the stage's button.
        title: heading of the stage's panel.
        formula: LaTeX in the panel, a paragraph per line.
        text: sentences in the panel, with glossary terms as "[nats](nat)".
        module: the module of app.model that implements the stage.
        code: anchors of source lines, see `source`.
    """

    key: str
    label: Variants
    title: Variants
    formula: Variants
    text: Variants
    module: Literal["inference", "trace", "vae"]
    code: Variants

    def source(self, anchor: str) -> str:
        """Return the source line of an anchor "OBJECT START": the object's line with this start.

        Raises:
            ValueError: the number of such lines is not one, for example after a change of the
                source.
        """
        name, _, start = anchor.partition(" ")
        code = inspect.getsource(resolve_name(f"app.model.{self.module}:{name}"))
        found = [line for line in map(str.strip, code.splitlines()) if line.startswith(start)]
        if len(found) != 1:
            raise ValueError(f"{name}: expected 1 line with {start!r}, got {len(found)}")
        return found[0]


def read_stages() -> list[Stage]:
    """Return the stages from x to -ELBO, and the two stages of the backward pass."""
    return TypeAdapter(list[Stage]).validate_python(yaml.safe_load(FILE.read_text()))


def split_terms(text: str) -> list[tuple[str, str]]:
    """Return the parts of a text, each with the glossary key of its term or an empty string."""
    parts = _TERM.split(text)  # text, term, key, text, ...
    found = []
    for plain, term, key in zip_longest(parts[::3], parts[1::3], parts[2::3], fillvalue=""):
        found += [(plain, ""), (term, key)]
    return [(part, key) for part, key in found if part]


def mark_symbols(text: str) -> list[tuple[str, str]]:
    """Return the parts of a text, each with the CSS class of its symbol or an empty string."""
    return [(part, SYMBOLS.get(part, "")) for part in _SYMBOL.split(text) if part]
