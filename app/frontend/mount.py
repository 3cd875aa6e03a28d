"""Mounting of live components: markup from Python, behavior from an ES module.

A component's script exports `mount(element, props, { root })` and is fetched once, in a bundle, by
`window.page` (assets/loader.js). Components share store.js and call Python through rpc_endpoint.py.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from app.frontend.assets import bundle_urls, first_url, script_name
from app.frontend.assets.bundles import APP

STYLES = sorted(APP.rglob("*.css"))

# Controls are disabled until their module has loaded: mounting would undo an earlier change.
_MOUNT = """
element.inert = true;
window.page.load(element, props.bundles).then(({ loadModule }) => {
  element.inert = false;
  loadModule(props.script).mount(element, props, { root: window.page.root });
});
"""


def component(script: Path, markup: str, *, elem_id: str, **options: Any) -> gr.HTML:
    """Return a `gr.HTML` with static `markup` that the ES module `script` mounts.

    Its CSS class is live-NAME, NAME being the script's file name with dashes.

    Args:
        script: a file below app/.
        markup: static HTML without any input of a visitor.
        elem_id: the id of the element.
        options: further props for the module and arguments of `gr.HTML`.

    Raises:
        ValueError: the markup contains template syntax.
    """
    # Gradio expands ${...} and {{...}}.
    if "${" in markup or "{{" in markup:
        raise ValueError(f"markup of {script.name} contains template syntax")
    return gr.HTML(
        value=options.pop("value", ""),
        html_template=markup,
        js_on_load=_MOUNT,
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes=["live", f"live-{script.stem.replace('_', '-')}"],
        script=script_name(script),
        bundles=bundle_urls(script),
        **options,
    )


def store_event(key: str) -> str:
    """Return the script of a Gradio event that writes the component's value to store[key]."""
    return (
        "async (value) => { "
        f'const {{ loadModule }} = await import(window.page.root + "{first_url()}"); '
        f'loadModule("frontend/js/store.js").store.set({{ {key}: value }}); return []; }}'
    )
