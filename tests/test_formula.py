"""Formulas: which brackets may grow."""

from app.frontend.formula import mathml


def test_brackets_are_as_tall_as_a_letter() -> None:
    found = mathml("<mi>p</mi><mo>(</mo><mi>x</mi><mo>|</mo><mi>z</mi><mo>)</mo>")
    assert found.count("<mo stretchy='false'>") == 3
    assert "<mo>" not in found


def test_square_brackets_still_grow_about_a_fraction() -> None:
    found = mathml("<mo>[</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>]</mo><mo>(</mo>")
    assert "<mo>[</mo>" in found and "<mo>]</mo>" in found
    assert "<mo>(</mo>" not in found
