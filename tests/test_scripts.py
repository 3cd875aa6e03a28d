"""The page's scripts import what exists, and each is used."""

import re
from pathlib import Path

import pytest

APP = Path(__file__).parent.parent / "app"
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
        assert source.is_file(), source
        assert names <= set(EXPORT.findall(source.read_text())), source


def test_every_script_is_imported_or_mounted() -> None:
    imported = {source for script in SCRIPTS for source, _ in imports(script)}
    python = "".join(file.read_text() for file in APP.rglob("*.py"))
    for script in SCRIPTS:
        assert script in imported or f'"{script.name}"' in python, script
