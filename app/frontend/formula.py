"""MathML formulas."""


def mathml(content: str) -> str:
    """Return `content` as a <math> element whose brackets do not stretch.

    By default browsers stretch every bracket, with some fonts to twice the line height. Square
    brackets around a fraction still stretch.
    """
    for bracket in "()|" if "<mfrac" in content else "()|[]":
        content = content.replace(f"<mo>{bracket}</mo>", f"<mo stretchy='false'>{bracket}</mo>")
    return f"<math>{content}</math>"
