"""The first view: markup in the page's HTML that is shown before Gradio's scripts have run.

Gradio's HTML is empty, and its scripts request each other: on a slow network the page was white for
ten seconds. `FirstView` adds the first view, whose own script mounts it and then requests all of
Gradio's files at once.
"""

from functools import lru_cache
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from app.components.model_info import header_markup
from app.frontend import fonts
from app.frontend.assets import first_url, loader, script_name
from app.frontend.assets.bundles import APP
from app.frontend.gradio_page import complete_page, parse_page
from app.frontend.mount import STYLES
from app.frontend.response_body import asks_for, rewrite_text
from app.frontend.rpc_endpoint import ELEM_ID, boot_props
from app.frontend.templates import render
from app.registry.models import ModelRegistry
from app.shell.first_view.config import without_hidden
from app.shell.first_view.gradio_files import needed_files
from app.tabs.reconstruct import stage_markup

FOLDER = Path(__file__).parent
FIRST_TAB = "reconstruct"


class FirstView:
    """ASGI middleware that completes Gradio's page."""

    def __init__(self, app: ASGIApp, registry: ModelRegistry) -> None:
        """Wrap an application whose page selects the first model of the registry at first."""
        self.app = app
        self.registry = registry
        # Visitors who use the same address receive the same page.
        self.complete = lru_cache(8)(self._complete)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request; complete the response if it is the page."""
        if asks_for(scope):
            send = rewrite_text(send, self.complete)
        await self.app(scope, receive, send)

    def _complete(self, html: str) -> str:
        page = parse_page(html)
        if page is None:
            return html
        [component] = [
            part["id"]
            for part in page.config["components"]
            if part["props"].get("elem_id") == ELEM_ID
        ]
        page = page._replace(config=without_hidden(page.config))
        parts = page.config["components"]
        needed = needed_files(page.script, sorted({part["type"] for part in parts}))
        head = render(
            FOLDER / "preloads.html",
            theme=page.config["theme_hash"],
            style=f"assets/{page.style}",
            bundle=first_url().removeprefix("/"),
            fonts=map(fonts.url, fonts.WEIGHTS),
        )
        body = render(
            FOLDER / "template.html",
            styles=_styles(),
            header=header_markup(self.registry.names[0]),
            tabs=[part["props"]["label"] for part in parts if part["type"] == "tabitem"],
            stage=stage_markup(),
            loader=loader(),
            bundle=first_url(),
            script=script_name(FOLDER / "first_view.js"),
            options={"component": component, "props": boot_props(self.registry)},
            gradio={
                "class": f"gradio-container-{page.config['version'].replace('.', '-')}",
                "files": [f"/assets/{name}" for name in (*needed, page.script)],
            },
        )
        return complete_page(page, head, body)


def _styles() -> list[str]:
    """Return the style sheets of the first view, which has no other tab than the first."""
    sheets = [sheet.relative_to(APP) for sheet in STYLES]
    return [
        sheet.as_posix()
        for sheet in sheets
        if sheet.parts[0] != "tabs" or sheet.parts[1] == FIRST_TAB
    ]
