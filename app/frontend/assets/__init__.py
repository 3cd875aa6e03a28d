"""HTTP route of the page's scripts: versioned URLs, compressed, cached without limit.

A script's URL is answered with its bundle (bundles.py). All scripts share one version in their
URLs: a change of any script changes all URLs.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.frontend.assets.bundles import APP, FIRST, bundle, first_bundle, in_first, source_of
from app.frontend.assets.compression import FOREVER, compress, compressed
from app.frontend.assets.constants import constants_script
from app.frontend.assets.gradio_files import route as gradio_route

PLOTLY = "plotly.min.js"


def url(name: str) -> str:
    """Return the URL path of a script, given its path below app/."""
    if name not in _files():
        raise ValueError(f"no script {name} below app/")
    return _url(name)


def script_url(file: Path) -> str:
    """Return the URL path of a script file below app/."""
    return url(script_name(file))


def script_name(file: Path) -> str:
    """Return the path of a script file below app/, its name in bundles."""
    return file.resolve().relative_to(APP).as_posix()


def size(name: str) -> int:
    """Return a script's size in bytes, uncompressed."""
    return _files()[name].stat().st_size


def bundle_urls(file: Path) -> list[str]:
    """Return the URL paths of the bundles that a script needs; the last one has the script."""
    return [first_url()] if in_first(script_name(file)) else [first_url(), script_url(file)]


def first_url() -> str:
    """Return the URL path of the first bundle."""
    return _url(FIRST)


def loader() -> Markup:
    """Return the script that loads bundles, for the page's HTML."""
    return Markup(source_of(script_name(Path(__file__).with_name("loader.js"))))


def routes() -> list[Route]:
    """Return the routes that serve the scripts, their version, and Gradio's files."""
    return [
        Route("/assets/version", lambda _: Response(version(), media_type="text/plain")),
        Route("/assets/{version}/{name:path}", _respond),
        gradio_route(),
    ]


@cache
def version() -> str:
    """Return a hash of all scripts."""
    files = b"".join(file.read_bytes() for file in _files().values())
    return hashlib.sha256(files + constants_script().encode()).hexdigest()[:12]


def _url(name: str) -> str:
    return f"/assets/{version()}/{name}"


def _respond(request: Request) -> Response:
    name = request.path_params["name"]
    if request.path_params["version"] != version() or name not in {FIRST, *_files()}:
        return Response("no such script: reload the page", 404, media_type="text/plain")
    accepted = request.headers.get("accept-encoding", "")
    content, headers = compressed(_content(name), accepted, _compress_script)
    return Response(content, media_type="text/javascript", headers={**FOREVER, **headers})


_compress_script = cache(compress)


@cache
def _content(name: str) -> bytes:
    if name == PLOTLY:
        return _files()[name].read_bytes()
    return (first_bundle() if name == FIRST else bundle(name)).encode()


@cache
def _files() -> dict[str, Path]:
    """Return the script files by their names in URLs."""
    own = {file.relative_to(APP).as_posix(): file for file in sorted(APP.rglob("*.js"))}
    # find_spec does not import the package, which only the map's figure needs.
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None
    return {**own, PLOTLY: Path(spec.origin).parent / "package_data" / PLOTLY}
