"""Mounting of live components: markup from Python, behavior from an ES module.

A component's script exports `mount(element, props, { server, watch, root })` and is fetched once,
in a bundle. Components share store.js and call Python through rpc_endpoint.py.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from app.frontend.assets import bundle_urls, first_url, script_name
from app.frontend.assets.bundles import APP

STYLES = sorted(APP.rglob("*.css"))

# gradio_config.root is the server's URL as configured. Behind a proxy only its path is valid, so it
# is joined to the page's origin.
_ROOT = (
    'const root = new URL(window.gradio_config?.root ?? "/", location.href).pathname'
    '.replace(/\\/$/, "");'
)

# Bundles are fetched, with retries, before they are imported: a browser caches a failed import of a
# URL until the page is reloaded. The import then reads the cache. Components share their requests:
# a dozen of the first view need the same bundle.
# Controls are disabled until their module has loaded: mounting would undo an earlier change.
# The first view (app/shell/first_view) is shown until the event of its end.
_MOUNT = (
    _ROOT
    + """
element.inert = true;
const requests = (window.bundleRequests ??= new Map());
async function request(path) {
  const response = await fetch(root + path);
  await response.arrayBuffer();
  if (!response.ok) requests.delete(path);
  return response;
}
function shared(path) {
  if (!requests.has(path)) {
    requests.set(path, request(path).catch((error) => {
      requests.delete(path);
      throw error;
    }));
  }
  return requests.get(path);
}
async function reach(path) {
  for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
    try {
      const response = await shared(path);
      if (response.ok) return;
      element.dataset.waiting = response.status === 404 ? "reload" : "server";
    } catch {
      element.dataset.waiting = "connection";
    }
    element.dispatchEvent(new Event("delayed", { bubbles: true }));
    await new Promise((resolve) => {
      setTimeout(resolve, wait);
      addEventListener("online", resolve, { once: true });
    });
  }
}
Promise.all(props.bundles.map(reach))
  .then(() => import(root + props.bundles.at(-1)))
  .then(({ loadModule }) => {
    delete element.dataset.waiting;
    element.inert = false;
    loadModule(props.script).mount(element, props, { server, watch, root });
    element.dispatchEvent(new Event("mounted", { bubbles: true }));
  });
"""
)


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
    options.setdefault("server_functions", [])
    code = _MOUNT if options["server_functions"] else _MOUNT.replace("server, ", "")
    return gr.HTML(
        value=options.pop("value", ""),
        html_template=markup,
        js_on_load=code,
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
        f"async (value) => {{ {_ROOT} "
        f'const {{ loadModule }} = await import(root + "{first_url()}"); '
        f'loadModule("frontend/js/store.js").store.set({{ {key}: value }}); return []; }}'
    )
