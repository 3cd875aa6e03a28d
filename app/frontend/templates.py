r"""Jinja templates of the page's markup, with formulas in LaTeX.

A tab, component or panel has its markup in the template.html of its folder. Macros that several
templates share are in frontend/macros.html, or in the macros.html of their component:

    {% from "frontend/macros.html" import slider %}
    {{ slider("steps", "Steps", 3, 65, 17, 2) }}
    {{ "q(\\z|x) = N(\\mu, \\sigma^2)" | math }}

A backslash in a string of a template is written twice.
"""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup

APP = Path(__file__).parents[1]
NO_BREAK = "\N{NO-BREAK SPACE}"  # keeps a number, its sign and its unit on one line

# Commands in addition to LaTeX's own. The page colors all symbols of a class alike and highlights
# them together.
COMMANDS = {
    r"\mu": r"\class{mu}{\mu}",
    r"\sigma": r"\class{sigma}{\sigma}",
    r"\variance": r"\class{sigma}{\sigma^2}",
    r"\logvar": r"\class{sigma}{\log\,\sigma^2}",
    r"\epsilon": r"\class{epsilon}{\varepsilon}",
    r"\z": r"\class{z}{z}",
    r"\KL": r"\mathrm{KL}",
}
_COMMAND = re.compile("|".join(rf"{re.escape(name)}(?![a-zA-Z])" for name in COMMANDS))


def math(latex: str) -> Markup:
    """Return a LaTeX formula as an inline <math> element.

    Raises:
        ValueError: the formula has an unknown command.
    """
    expanded = _COMMAND.sub(lambda found: COMMANDS[found.group()], latex)
    mathml = convert(expanded).replace("&#x0005E;", "^")
    mathml = mathml.replace("<mi>&#x0007E;</mi>", "<mo>∼</mo>")  # \sim is a relation
    if "\\" in mathml:
        raise ValueError(f"formula {latex!r}: unknown command in {mathml}")
    return Markup(mathml.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))


def render(template: Path, **values: Any) -> Markup:
    """Return the markup of a template below app/; text in `values` is escaped.

    Raises:
        jinja2.UndefinedError: the template uses a name that is not in `values`.
    """
    return Markup(_PAGE.get_template(template.relative_to(APP).as_posix()).render(values))


def decimals(number: float, count: int) -> str:
    """Return a number with a fixed count of decimals and typographic signs."""
    return f"{number:,.{count}f}".replace("-", "−").replace("inf", "∞")


def percent(share: float) -> str:
    """Return a share in [0, 1] as whole percent."""
    return f"{decimals(100 * share, 0)}{NO_BREAK}%"


def difference(estimate: dict[str, float], count: int) -> str:
    """Return a difference {mean, standard_error} with its sign: "+7.12 ± 0.03"."""
    sign = "+" if estimate["mean"] >= 0 else ""
    mean, error = (decimals(estimate[key], count) for key in ("mean", "standard_error"))
    return f"{sign}{mean}{NO_BREAK}±{NO_BREAK}{error}"


def extent(numbers: list[float], count: int) -> str:
    """Return the smallest and largest number, "3 to 7"; one number if both round to it."""
    low, high = decimals(min(numbers), count), decimals(max(numbers), count)
    return low if low == high else f"{low} to {high}"


_PAGE = Environment(
    loader=FileSystemLoader(APP),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGE.filters |= {
    function.__name__: function for function in (math, decimals, percent, difference, extent)
}
_PAGE.policies["json.dumps_kwargs"] = {}  # by default `tojson` sorts the keys of an object
