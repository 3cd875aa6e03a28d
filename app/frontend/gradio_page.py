"""Parser of Gradio's HTML page, and a function that adds markup to it."""

import json
import re
from typing import Any, NamedTuple

from jinja2.utils import htmlsafe_json_dumps

Config = dict[str, Any]
_PARTS = {
    "config": re.compile(r"window\.gradio_config = (.*?);</script>", re.DOTALL),
    "script": re.compile(r'<script type="module" crossorigin src="\./assets/([^"]+)"></script>'),
    "style": re.compile(r'<link rel="stylesheet" crossorigin href="\./assets/([^"]+)">'),
}
_BASE = re.compile(r"<base [^>]*>")
_APP = re.compile(r"</gradio-app>")


class GradioPage(NamedTuple):
    """The parts of the page.

    Attributes:
        html: the whole page.
        config: Gradio's configuration: components, layout, events.
        script: the name of the first script.
        style: the name of the first style sheet.
    """

    html: str
    config: Config
    script: str
    style: str


def parse_page(html: str) -> GradioPage | None:
    """Return the parts of a page; None if it is not the page of an app, such as an error."""
    found = {name: part.search(html) for name, part in _PARTS.items()}
    texts = {name: part[1] for name, part in found.items() if part is not None}
    if len(texts) < len(_PARTS):
        return None
    return GradioPage(html, json.loads(texts["config"]), texts["script"], texts["style"])


def complete_page(page: GradioPage, head: str, body: str) -> str:
    """Return the HTML with the configuration of `page`, with additions, without the first script.

    Args:
        page: the parts of Gradio's page.
        head: markup that is added at the beginning of the head.
        body: markup that is added after <gradio-app>, the element that Gradio fills; it must
            request the first script.
    """
    # str: a Markup object would escape the text that it is added to.
    written = str(htmlsafe_json_dumps(page.config, separators=(",", ":")))
    config = f"window.gradio_config = {written};</script>"
    html = _PARTS["config"].sub(lambda _: config, page.html, count=1)
    html = _PARTS["script"].sub("", html, count=1)
    html = _BASE.sub(lambda found: found[0] + str(head), html, count=1)
    return _APP.sub(lambda found: found[0] + str(body), html, count=1)
