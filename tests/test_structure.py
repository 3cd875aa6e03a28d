"""Imports point one way, and each library is known in its own room only."""

import ast
import re
from pathlib import Path

import pytest

from tests.paths import ROOT

MODULES = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("training/**/*.py"), ROOT / "app.py"])


def imports(file: Path) -> set[str]:
    """Every module that a file imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def imports_any(file: Path, *names: str) -> bool:
    return any(
        name in names or name.startswith(tuple(f"{n}." for n in names)) for name in imports(file)
    )


def place(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_the_app_never_imports_the_training(file: Path) -> None:
    if place(file).startswith("app"):
        assert not imports_any(file, "training")


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_only_the_page_imports_gradio(file: Path) -> None:
    rooms = ("app/api/", "app/frontend/", "app/components/", "app/tabs/", "app/shell/")
    files = ("app/ui.py", "app/server.py")
    if not place(file).startswith((*rooms, *files)):
        assert not imports_any(file, "gradio")


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_only_the_maps_figure_imports_plotly(file: Path) -> None:
    if place(file) != "app/components/latent_map/figure.py":
        assert not imports_any(file, "plotly")


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_networks_never_see_pillow(file: Path) -> None:
    readers = ("training/image_folder.py", "training/labeled.py")  # files and arrays to 28x28
    if place(file).startswith(("app/model/", "training/")) and place(file) not in readers:
        assert not imports_any(file, "PIL")


# Rooms from the lowest to the highest, and what each may not import.
ABOVE = {
    "app/model/": ("app.images", "app.registry", "app.frontend", "app.components", "app.tabs"),
    "app/images/": (
        "app.model",
        "app.registry",
        "app.frontend",
        "app.components",
        "app.tabs",
        "torch",
    ),
    "app/registry/": ("app.frontend", "app.components", "app.tabs"),
    "app/frontend/": ("app.components", "app.tabs", "app.shell", "app.ui", "app.api"),
    "app/components/": ("app.tabs", "app.shell", "app.ui", "app.api"),
    "app/tabs/": ("app.shell", "app.ui", "app.api"),
    "app/shell/": ("app.ui", "app.api"),
}


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_a_lower_room_does_not_import_a_higher_one(file: Path) -> None:
    for room, higher in ABOVE.items():
        if place(file).startswith(room):
            assert not imports_any(file, *higher)


def test_the_model_starts_from_its_networks() -> None:
    own = {name for name in imports(ROOT / "app/model/vae.py") if name.startswith("app.")}
    assert not own


def test_a_folder_of_the_app_holds_at_most_14_files() -> None:
    folders = {
        file.parent for file in (ROOT / "app").rglob("*.*") if "__pycache__" not in file.parts
    }
    for folder in folders:
        files = [file for file in folder.iterdir() if file.is_file() and file.suffix != ".pyi"]
        assert len(files) <= 14, folder


TAG = re.compile(r"</?[a-z][a-z0-9]*[\s>]")
# Folders whose markup is still in Python strings.
PENDING: tuple[str, ...] = ()


def strings(file: Path) -> list[str]:
    """Return the string constants of a file, without its docstrings."""
    tree = ast.parse(file.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_markup_of_the_page_is_in_templates(file: Path) -> None:
    page = ("app/components/", "app/tabs/", "app/shell/", "app/ui.py", "app/api/")
    if place(file).startswith(page) and not place(file).startswith(PENDING):
        assert not [text for text in strings(file) if TAG.search(text)]


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_nothing_unpickles(file: Path) -> None:
    assert not imports_any(file, "pickle", "joblib", "dill")
    assert "torch.load(" not in file.read_text()
    assert "allow_pickle=True" not in file.read_text()
