"""Templates: escaped values, undefined names, and formulas from LaTeX."""

import pytest
from jinja2 import UndefinedError

from app.frontend.templates import APP, math, render

SAMPLE = APP / "tabs" / "sample" / "template.html"


def test_values_are_escaped() -> None:
    names = ("count", "max_count", "max_temperature", "max_seed")
    markup = render(SAMPLE, elem_id="<b>", **dict.fromkeys(names, 1))
    assert "<b>" not in markup
    assert 'id="&lt;b&gt;-button"' in markup


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="count"):
        render(SAMPLE, elem_id="sample")


def test_symbols_of_the_page_have_their_class() -> None:
    assert '<mrow class="z"><mi>z</mi></mrow>' in math(r"q(\z|x)")
    assert '<mrow class="sigma"><mi>log</mi>' in math(r"\logvar")


def test_brackets_do_not_stretch() -> None:
    assert '<mo stretchy="false">&#x00028;</mo>' in math("p(x)")


def test_an_unknown_command_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\\foo"):
        math(r"\foo{x}")


def test_a_distribution_is_assigned_by_a_relation_with_space_around_it() -> None:
    assert "<mo>∼</mo>" in math(r"\z \sim N(0, I)")
