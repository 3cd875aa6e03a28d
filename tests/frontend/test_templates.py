"""Templates: escaped values, undefined names, and formulas from LaTeX."""

import pytest
from jinja2 import UndefinedError

from app.frontend.templates import APP, decimals, difference, extent, math, percent, render

SAMPLE = APP / "tabs" / "sample" / "template.html"


def test_values_are_escaped() -> None:
    names = ("count", "max_count", "max_temperature")
    markup = render(SAMPLE, max_seed="<b>", **dict.fromkeys(names, 1))
    assert "<b>" not in markup
    assert 'max="&lt;b&gt;"' in markup


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="count"):
        render(SAMPLE)


def test_symbols_of_the_page_have_their_class() -> None:
    assert '<mrow class="z"><mi>z</mi></mrow>' in math(r"q(\z|x)")
    assert '<mrow class="sigma"><mi>log</mi>' in math(r"\logvar")


def test_brackets_do_not_stretch() -> None:
    assert '<mo stretchy="false">&#x00028;</mo>' in math("p(x)")


def test_is_distributed_as_is_a_relation() -> None:
    assert "<mo>∼</mo><mi>N</mi>" in math(r"\z \sim N(0, I)")


def test_an_unknown_command_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\\foo"):
        math(r"\foo{x}")


def test_numbers_have_typographic_signs() -> None:
    assert decimals(-1234.56, 1) == "−1,234.6"
    assert decimals(float("-inf"), 0) == "−∞"
    assert percent(0.314).split() == ["31", "%"]
    assert difference({"mean": 7.125, "standard_error": 0.031}, 2).split() == ["+7.12", "±", "0.03"]
    assert difference({"mean": -0.5, "standard_error": 0.25}, 1).split() == ["−0.5", "±", "0.2"]


def test_a_number_and_its_sign_stay_in_one_line() -> None:
    assert " " not in percent(0.314)
    assert " " not in difference({"mean": 7.125, "standard_error": 0.031}, 2)


def test_an_extent_of_equal_texts_is_one_number() -> None:
    assert extent([3.2, 2.9], 0) == "3"
    assert extent([7, 3], 0) == "3 to 7"


def test_a_distribution_is_assigned_by_a_relation_with_space_around_it() -> None:
    assert "<mo>∼</mo>" in math(r"\z \sim N(0, I)")
