"""HTTP route of the page's scripts: versioned URLs, compressed, cached without limit.

A browser resolves a module's relative imports against the module's URL, so all scripts share one
version in their URLs: a change of any script changes all URLs.
"""

import gzip
import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

APP = Path(__file__).parents[1]
_IMPORT = re.compile(r'^import [^"]*from "([^"]+)";', re.MULTILINE)
PLOTLY = "plotly.min.js"
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def url(name: str) -> str:
    """Return the URL path of a script, given its path below app/."""
    if name not in _files():
        raise ValueError(f"no script {name} below app/")
    return f"/assets/{_version()}/{name}"


def script_url(file: Path) -> str:
    """Return the URL path of a script file below app/."""
    return url(file.resolve().relative_to(APP).as_posix())


def size(name: str) -> int:
    """Return a script's size in bytes, uncompressed."""
    return _files()[name].stat().st_size


def with_imports(file: Path) -> list[str]:
    """Return the addresses of a script and of all that it imports, directly or not."""
    found = [file.resolve()]
    for script in found:  # grows while it is read
        sources = _IMPORT.findall(script.read_text())
        paths = [(script.parent / source).resolve() for source in sources]
        found += [path for path in dict.fromkeys(paths) if path not in found]
    return [script_url(script) for script in found]


def route() -> Route:
    """Return the route that serves the scripts."""
    return Route("/assets/{version}/{name:path}", _respond)


def _respond(request: Request) -> Response:
    name = request.path_params["name"]
    if request.path_params["version"] != _version() or name not in _files():
        return Response("no such script: reload the page", 404, media_type="text/plain")
    headers = {**FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = _compressed(name)
    else:
        content = _files()[name].read_bytes()
    return Response(content, media_type="text/javascript", headers=headers)


@cache
def _files() -> dict[str, Path]:
    """Return the script files by their names in URLs."""
    own = {file.relative_to(APP).as_posix(): file for file in sorted(APP.rglob("*.js"))}
    # find_spec does not import the package, which only the map's figure needs.
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None
    return {**own, PLOTLY: Path(spec.origin).parent / "package_data" / PLOTLY}


@cache
def _version() -> str:
    contents = b"".join(file.read_bytes() for file in _files().values())
    return hashlib.sha256(contents).hexdigest()[:12]


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(_files()[name].read_bytes())
