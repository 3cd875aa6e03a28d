"""A bundle is what the scripts are: nothing is missing, doubled or shadowed."""

import re

import pytest

from app.frontend.assets import PLOTLY, bundle_urls, url
from app.frontend.assets.bundles import (
    APP,
    EXPORT,
    FIRST,
    FIRST_VIEW,
    IMPORT,
    bundle,
    first_bundle,
    in_first,
)

SCRIPTS = sorted(
    script.relative_to(APP).as_posix()
    for script in APP.rglob("*.js")
    if script.name != "modules.js"
)
DEFINED = re.compile(r'^defineModule\("([^"]+)"', re.MULTILINE)
LOADED = re.compile(r' = loadModule\("([^"]+)"\);$', re.MULTILINE)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_bundle_has_each_script_that_it_loads_once(name: str) -> None:
    first, text = DEFINED.findall(first_bundle()), bundle(name)
    own = DEFINED.findall(text)
    assert len(set(own)) == len(own)
    assert not {*own} & {*first}
    assert {*LOADED.findall(text)} <= {*own, *first}
    assert name in (first if in_first(name) else own)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_uses_the_syntax_that_bundles_support(name: str) -> None:
    text = (APP / name).read_text()
    assert len(IMPORT.findall(text)) == len(re.findall(r"^import\b", text, re.MULTILINE))
    assert len(EXPORT.findall(text)) == len(re.findall(r"^export\b", text, re.MULTILINE))
    for name_of_a_bundle in ("import.meta", "await import", "defineModule", "loadModule"):
        assert name_of_a_bundle not in text
    assert not re.search(r'\bimport\("', text), "its address is relative to the bundle"


def test_the_first_bundle_has_the_first_view() -> None:
    text = first_bundle()
    assert {*LOADED.findall(text)} <= {*DEFINED.findall(text)}
    assert {*FIRST_VIEW} <= {*DEFINED.findall(text)}
    assert not re.search(r"^\s*//", text, re.MULTILINE), "lines of comments are not sent"


def test_a_script_of_the_first_view_needs_one_request() -> None:
    [address] = bundle_urls(APP / "components/drawing_pad/pad.js")
    assert address.endswith(f"/{FIRST}")


def test_an_unknown_script_has_no_address() -> None:
    with pytest.raises(ValueError, match="no script"):
        url("frontend/js/missing.js")
    assert url(PLOTLY).endswith(PLOTLY)
