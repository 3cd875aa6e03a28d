"""The files of Gradio's front end that a page needs, to be requested at once.

Gradio's scripts request each other in five steps, each of which takes a round trip. The names of
the files are read from the output of its bundler (Vite), in which a lazy import is followed by
indices into a list of files. If the output has another form, no file is requested early.
"""

import re
from collections.abc import Iterable

from app.frontend.assets.gradio_files import ASSETS

_LIST = re.compile(r"m\.f=\[([^\]]*)\]")
_INDICES = re.compile(r"__vite__mapDeps\(\[([\d,]+)\]\)")


def needed_files(entry: str, kinds: Iterable[str]) -> list[str]:
    """Return the names of the scripts and styles that a page needs in addition to its first script.

    Args:
        entry: the name of the first script, in the folder ASSETS.
        kinds: the kinds of components on the page, such as "html".
    """
    found = _lazy(entry, r"import\(`\./Index-.*?\]\)")
    for script in found[:1]:  # Index-HASH.js
        found += _lazy(script, r"import\(`\./Blocks-.*?\]\)")
    for script in [name for name in found if name.startswith("core-")][:1]:
        for kind in kinds:
            found += _lazy(script, rf"\b{kind}:\{{.*?import\.meta\.url\)\}}")
    own = {entry, entry.replace(".js", ".css")}
    return [name for name in dict.fromkeys(found) if name not in own]


def _lazy(script: str, pattern: str) -> list[str]:
    """Return the files of the lazy imports in the first match of a pattern."""
    file = ASSETS / script
    text = file.read_text() if file.is_file() else ""
    files, part = _LIST.search(text), re.search(pattern, text)
    if files is None or part is None:
        return []
    names = [name.strip('"').removeprefix("./") for name in files[1].split(",")]
    indices = ",".join(_INDICES.findall(part[0])).split(",")
    return [names[int(index)] for index in indices if index]
