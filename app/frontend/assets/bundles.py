"""Bundles of ES modules: one response contains a script and all that it imports.

A request takes a round trip, and a page needs fifty scripts. The first bundle contains the scripts
of the first view. The bundle of any other script contains the script and its imports, without those
in the first bundle, from which it imports the registry of modules (modules.js).

The scripts use a subset of the syntax of modules, verified by tests/frontend/test_bundles.py:
imports of names, one after another at the beginning, and exports of declarations.
"""

import re
from functools import cache
from pathlib import Path

from app.frontend.assets.constants import NAME, constants_script

APP = Path(__file__).parents[2]
FIRST = "first.js"
REGISTRY = Path(__file__).with_name("modules.js")
# The scripts of the parts around the tabs, and of the first tab.
FIRST_VIEW = (
    "shell/first_view/first_view.js",
    "components/model_info/about.js",
    "components/share_link/share.js",
    "components/try_this/try_this.js",
    "shell/lesson/lesson.js",
    "shell/view/view.js",
)

IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//[^\n]*\n|^\s*/\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)


def first_bundle() -> str:
    """Return the registry of modules and the modules of the first view, as an ES module."""
    modules = _with_imports(FIRST_VIEW)
    return _COMMENT.sub("", REGISTRY.read_text()) + "".join(map(_definition, modules))


def bundle(name: str) -> str:
    """Return an ES module that exports what a script exports, and `loadModule` of modules.js.

    Args:
        name: the path of the script below app/.
    """
    registry = "../" * name.count("/") + FIRST
    modules = [module for module in _with_imports((name,)) if not in_first(module)]
    return "".join(
        [
            f'import {{ defineModule, loadModule }} from "./{registry}";\n',
            *map(_definition, modules),
            f'export const {{ {", ".join(_exports(name))} }} = loadModule("{name}");\n',
            "export { loadModule };\n",
        ]
    )


def in_first(name: str) -> bool:
    """Return whether a script is in the first bundle."""
    return name in _with_imports(FIRST_VIEW)


@cache
def _with_imports(names: tuple[str, ...]) -> dict[str, None]:
    """Return scripts and all that they import, directly or not, in the order of discovery."""
    found = list(names)
    for name in found:  # grows while it is read
        found += [source for source in _imports(name).values() if source not in found]
    return dict.fromkeys(found)


def _imports(name: str) -> dict[str, str]:
    """Return the paths below app/ of the scripts that a script imports, by its import paths."""
    folder = (APP / name).parent
    return {
        source: (folder / source).resolve().relative_to(APP).as_posix()
        for _, source in IMPORT.findall(source_of(name))
    }


def _exports(name: str) -> list[str]:
    return EXPORT.findall(source_of(name))


def _definition(name: str) -> str:
    """Return the definition of a script as a function that returns its exports."""
    sources = _imports(name)
    body = IMPORT.sub(
        lambda found: (
            f'const {{{found[1].replace(" as ", ": ")}}} = loadModule("{sources[found[2]]}");\n'
        ),
        EXPORT.sub("", source_of(name)),
    )
    return (
        f'defineModule("{name}", () => {{\n{body}return {{ {", ".join(_exports(name))} }};\n}});\n'
    )


@cache
def source_of(name: str) -> str:
    """Return a script without its comments."""
    return _COMMENT.sub("", constants_script() if name == NAME else (APP / name).read_text())
