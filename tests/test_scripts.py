"""The page's scripts import what exists, and each is used."""

import re
from pathlib import Path

import pytest

from app.frontend.requests import MAX_ABS_CODE, PAD_SIDE
from app.images import MAX_BYTES, preprocess, strokes
from app.model.inference import MAX_IMAGES, MAX_SEED, MAX_STEPS
from app.tabs.compare.findings import NLL
from app.tabs.compare.reconstruct import DAMAGES
from app.tabs.compare.sample import PRIORS
from app.tabs.interpolate.path_options import STEPS

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


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.relative_to(APP).as_posix())
def test_a_script_selects_its_buttons_by_what_they_do(script: Path) -> None:
    first = re.compile(r"""(querySelector|find)\(["']button["']\)""")
    assert not first.search(script.read_text()), "a glossary term is a button too, and may be first"


PREPARE = "frontend/js/networks/prepare_drawing.js"
SHARED = [
    ("components/drawing_pad/pad.js", "SENT_SIDE", f"{PAD_SIDE}"),
    ("components/image_upload/upload.js", "MAX_BYTES", f"{MAX_BYTES:_}"),
    ("components/share_link/link.js", "STEPS", f"[2, {MAX_STEPS}]"),
    ("tabs/reconstruct/latent_sliders/latent_sliders.js", "MAX_CODES", f"{MAX_IMAGES}"),
    (PREPARE, "FLAT", f"{255 * strokes.FLAT:g}"),
    (PREPARE, "FAINT", f"{strokes.FAINT:g} * 255"),
    (PREPARE, "DIGIT_SIDE", f"{preprocess.DIGIT_SIDE}"),
    (PREPARE, "CENTER", f"{preprocess.CENTER:g}"),
    (PREPARE, "MIN_STROKE", f"{preprocess.MIN_STROKE:g}"),
    (PREPARE, "OVERSAMPLING", f"{preprocess.OVERSAMPLING}"),
    (PREPARE, "TIE", f"{preprocess.TIE:g}"),
]


@pytest.mark.parametrize(("script", "name", "value"), SHARED)
def test_a_constant_of_a_script_is_that_of_python(script: str, name: str, value: str) -> None:
    assert f"const {name} = {value};" in (APP / script).read_text()


def test_limits_of_a_link_and_initial_options_are_those_of_python() -> None:
    link = (APP / "components/share_link/link.js").read_text()
    assert "const MAX_SEED = 2 ** 32 - 1;" in link
    assert MAX_SEED == 2**32 - 1
    codes = (APP / "components/share_link/codes.js").read_text()
    assert "const MAX_ABS_CODE = 1e4;" in codes
    assert MAX_ABS_CODE == 1e4
    assert f"steps: {STEPS} }}" in (APP / "frontend/js/store.js").read_text()


def test_the_address_accepts_the_choices_of_compare() -> None:
    properties = (APP / "components/share_link/properties.js").read_text()
    for key, options in (("damage", DAMAGES), ("sample_prior", PRIORS), ("density_prior", NLL)):
        accepted = ", ".join(f'"{option}"' for option in options)
        assert f'"{key}", oneOf({accepted})],' in properties


def test_scripts_open_tabs_that_exist() -> None:
    tabs = re.findall(r'gr\.Tab\("([^"]+)"\)', (APP / "ui.py").read_text())
    opened = re.findall(r'(?:openTab|goToTab)\("([^"]+)"', "".join(map(Path.read_text, SCRIPTS)))
    assert set(opened) <= set(tabs)
    assert opened
