"""How a live component gets onto the page: markup from Python, behaviour from its ES module.

NAME.js exports `mount(element, props)` and is fetched once as a static file; no build step, and no
global. Components meet in store.js, and reach Python through bridge.py.
"""

from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent
STYLES = sorted(FOLDER.glob("*.css"))

# Dynamic import, so that the module's own imports resolve beside it. gradio_config.root is the
# address that the page was really served from, behind a proxy or in a Space's frame too. Controls
# are disabled until their module has loaded: it would undo an earlier change.
_MOUNT = """
element.inert = true;
const root = (window.gradio_config?.root ?? "").replace(/\\/$/, "");
import(root + props.module).then(({ mount }) => {
  element.inert = false;
  mount(element, props, { server, watch, root });
});
"""


def serve_modules() -> None:
    """Lets Gradio serve this folder's scripts; called once, before the page is launched."""
    gr.set_static_paths([FOLDER])


def static_url(file: Path) -> str:
    """The address of a static file below the page's root."""
    return f"/gradio_api/file={file.resolve().as_posix()}"


def component(name: str, markup: str, *, elem_id: str, **options: Any) -> gr.HTML:
    """A `gr.HTML` with static `markup`, brought to life by NAME.js.

    Args:
        name: of the module in this folder.
        markup: static HTML; nothing of a visitor's ever goes into it.
        elem_id: the instance's id.
        options: further props for the module and arguments of `gr.HTML`.
    """
    # Gradio expands both ${...} and {{...}}: neither may occur.
    if "${" in markup or "{{" in markup:
        raise ValueError(f"markup of {name} holds template syntax")
    options.setdefault("server_functions", [])
    script = _MOUNT if options["server_functions"] else _MOUNT.replace("server, ", "")
    return gr.HTML(
        value=options.pop("value", ""),
        html_template=markup,
        js_on_load=script,
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes=["live", f"live-{name.replace('_', '-')}"],
        module=static_url(FOLDER / f"{name}.js"),
        **options,
    )


def store_event(key: str) -> str:
    """The script of a Gradio event that puts the component's value into the page's store."""
    return (
        'async (value) => { const root = (window.gradio_config?.root ?? "").replace(/\\/$/, ""); '
        f'const {{ store }} = await import(root + "{static_url(FOLDER / "store.js")}"); '
        f"store.set({{ {key}: value }}); return []; }}"
    )
