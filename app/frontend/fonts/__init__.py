"""The page's typeface: subsets of Source Sans 3, of 17 kB a weight instead of 103 kB.

The files are made from those that Gradio ships. The license (OFL.txt) reserves the name "Source",
so the subsets have another one. With fonttools and brotli installed:

    pyftsubset SourceSansPro-Regular.woff2 --flavor=woff2 --output-file=sans-400.woff2
    --layout-features=kern,liga,mark,ccmp,tnum --name-IDs=0,13,14 --unicodes=U+20-7E,U+A0-FF,
    U+391-3A9,U+3B1-3C9,U+302,U+2010-2026,U+2032,U+2070-208E,U+2190-2193,U+2200-2265
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gradio.themes.utils.fonts import Font
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from app.frontend.assets.compression import FOREVER

FOLDER = Path(__file__).parent
WEIGHTS = (400, 700)
# Fonts of visitors' systems, shown until the page's font is there. Scaled to its metrics, they
# break lines where it will. A percentage is the width of the page's introduction in the page's
# font, relative to this one, by measureText in Chromium (Arial is as wide as Liberation Sans); less
# up to 0.4, so that a line that just fits the page's font fits here, too.
SIMILAR = {
    "Arial": (("Arial", "Liberation Sans"), {400: 92.7, 700: 91.7}),
    "Roboto": (("Roboto",), {400: 93.1, 700: 97.3}),
    "DejaVu Sans": (("DejaVu Sans",), {400: 81.3, 700: 76.6}),
}
STACK = [f"Page {name}" for name in SIMILAR]
ASCENT, DESCENT = 102.4, 40.0  # percent of the font's size, from the files


class PageFont(Font):
    """The typeface as a font of a Gradio theme."""

    def __init__(self) -> None:
        super().__init__("Page Sans")

    def stylesheet(self) -> dict[str, str | None]:
        """Return the rules that declare the weights. Text does not wait for them."""
        rules = [
            f"@font-face {{ font-family: '{self.name}'; src: url('{url(weight)}') format('woff2'); "
            f"font-weight: {weight}; font-display: swap; }}"
            for weight in WEIGHTS
        ]
        return {"url": None, "css": "\n".join([*rules, *_similar_faces()])}


def _similar_faces() -> Iterator[str]:
    """Yield the rules that give similar fonts of the system the metrics of the page's font."""
    for name, (families, sizes) in SIMILAR.items():
        for weight, size in sizes.items():
            bold = " Bold" if weight == 700 else ""
            sources = ", ".join(f"local('{family}{bold}')" for family in families)
            yield (
                f"@font-face {{ font-family: 'Page {name}'; font-weight: {weight}; src: {sources}; "
                f"size-adjust: {size}%; ascent-override: {100 * ASCENT / size:.1f}%; "
                f"descent-override: {100 * DESCENT / size:.1f}%; line-gap-override: 0%; }}"
            )


def url(weight: int) -> str:
    """Return the address of a weight, relative to the page's."""
    return f"fonts/{_version()}/sans-{weight}.woff2"


def route() -> Route:
    """Return the route that serves the files."""
    return Route("/fonts/{version}/sans-{weight:int}.woff2", _respond)


def _respond(request: Request) -> Response:
    weight = request.path_params["weight"]
    if request.path_params["version"] != _version() or weight not in WEIGHTS:
        return Response("no such font: reload the page", 404, media_type="text/plain")
    return FileResponse(_file(weight), media_type="font/woff2", headers=FOREVER)


def _file(weight: int) -> Path:
    return FOLDER / f"sans-{weight}.woff2"


@cache
def _version() -> str:
    contents = b"".join(_file(weight).read_bytes() for weight in WEIGHTS)
    return hashlib.sha256(contents).hexdigest()[:12]
