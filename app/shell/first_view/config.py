"""Gradio's configuration of the page, without the components that are never shown.

The API's components are in an invisible column. Gradio requests the scripts and styles of all kinds
of components of the page, here forty files for images, numbers and others that only the API has.
The server's copy of the configuration keeps them.
"""

from typing import Any

Config = dict[str, Any]


def without_hidden(config: Config) -> Config:
    """Return a configuration without invisible columns and all that they contain.

    The API's endpoints and their descriptions remain, but no element of the page triggers them.
    """
    columns = {
        component["id"]
        for component in config["components"]
        if component["type"] == "column" and component["props"].get("visible") is False
    }
    hidden = {
        identifier
        for node in _nodes(config["layout"])
        if node["id"] in columns
        for identifier in (inner["id"] for inner in _nodes(node))
    }
    pages = {
        name: {
            **page,
            "layout": _pruned(page["layout"], columns),
            "components": [number for number in page["components"] if number not in hidden],
        }
        for name, page in config["page"].items()
    }
    return {
        **config,
        "components": [part for part in config["components"] if part["id"] not in hidden],
        "layout": _pruned(config["layout"], columns),
        "page": pages,
        "dependencies": [_untriggered(event, hidden) for event in config["dependencies"]],
    }


def _nodes(layout: Config) -> list[Config]:
    """Return a node of a layout and all nodes below it."""
    return [layout, *(node for child in layout.get("children", []) for node in _nodes(child))]


def _pruned(layout: Config, removed: set[int]) -> Config:
    """Return a layout without some nodes and all nodes below them."""
    children = [
        _pruned(child, removed)
        for child in layout.get("children", [])
        if child["id"] not in removed
    ]
    return {**layout, "children": children}


def _untriggered(event: Config, hidden: set[int]) -> Config:
    """Return an event without the triggers that are hidden."""
    return {**event, "targets": [target for target in event["targets"] if target[0] not in hidden]}
