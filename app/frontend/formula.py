"""Formulas among words, as MathML."""


def mathml(content: str) -> str:
    """MathML as a formula: brackets as tall as a letter, but square ones grow about a fraction.

    Left to themselves browsers stretch every bracket, and with some fonts to twice a line's height.
    """
    for bracket in "()|" if "<mfrac" in content else "()|[]":
        content = content.replace(f"<mo>{bracket}</mo>", f"<mo stretchy='false'>{bracket}</mo>")
    return f"<math>{content}</math>"
