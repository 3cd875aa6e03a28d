"""The page's scripts import what exists, and each is used."""

import re
from pathlib import Path

import pytest

from app.components.try_this import read_chips
from app.frontend.assets.constants import CONSTANTS, NAME
from app.tabs.compare.findings import NLL
from app.tabs.compare.reconstruct import CORRUPTIONS
from app.tabs.compare.sample import PRIORS
from tests.paths import ROOT

APP = ROOT / "app"
SCRIPTS = sorted(APP.rglob("*.js"))
IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|const|class) (\w+)", re.MULTILINE)


def imports(script: Path) -> list[tuple[Path, set[str]]]:
    """Return each file that a script imports, with the names it takes."""
    return [
        (
            (script.parent / source).resolve(),
            {name.split()[0] for name in names.split(",") if name.strip()},
        )
        for names, source in IMPORT.findall(script.read_text())
    ]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.relative_to(APP).as_posix())
def test_a_script_imports_names_that_exist(script: Path) -> None:
    for source, names in imports(script):
        if source == APP / NAME:
            assert names <= set(CONSTANTS)
            continue
        assert source.is_file(), source
        assert names <= set(EXPORT.findall(source.read_text())), source


def test_each_constant_that_scripts_share_with_python_is_used() -> None:
    used = [
        names for script in SCRIPTS for source, names in imports(script) if source == APP / NAME
    ]
    assert set.union(*used) == set(CONSTANTS)


def test_every_script_is_imported_or_mounted() -> None:
    imported = {source for script in SCRIPTS for source, _ in imports(script)}
    python = "".join(file.read_text() for file in APP.rglob("*.py"))
    for script in SCRIPTS:
        assert script in imported or f'"{script.name}"' in python, script


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.relative_to(APP).as_posix())
def test_a_script_selects_its_buttons_by_what_they_do(script: Path) -> None:
    first = re.compile(r"""(querySelector|find)\(["']button["']\)""")
    assert not first.search(script.read_text()), "a glossary term is a button too, and may be first"


def test_each_key_of_the_stores_state_is_described() -> None:
    store = (APP / "frontend/js/store.js").read_text()
    described = re.findall(r"@property \{.*?\} (\w+)", store[store.index("} State") :])
    defaults = store[store.index("DEFAULTS = {") + 12 : store.index("\n};")]
    initial = re.findall(r"(?:^|, |  )(\w+): ", re.sub(r"\{.*?\}", "{}", defaults))
    assert sorted(described) == sorted(initial)


def test_the_address_accepts_the_choices_of_compare() -> None:
    properties = (APP / "components/share_link/properties.js").read_text()
    for key, options in (("damage", CORRUPTIONS), ("sample_prior", PRIORS), ("density_prior", NLL)):
        accepted = ", ".join(f'"{option}"' for option in options)
        assert f'"{key}", oneOf({accepted})],' in properties


def test_scripts_open_tabs_that_exist() -> None:
    opened = re.findall(r'(?:openTab|goToTab)\("([^"]+)"', "".join(map(Path.read_text, SCRIPTS)))
    assert set(opened) <= set(read_chips())
    assert opened
