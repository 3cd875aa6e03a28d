"""Imports point in one direction, and each library is imported in its own folders only."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.paths import ROOT

MODULES = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("training/**/*.py"), ROOT / "app.py"])
PATHS = {file.relative_to(ROOT).as_posix(): file for file in MODULES}


@cache
def imports(path: str) -> set[str]:
    """Return every module that a file imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(PATHS[path].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def importing(*names: str, among: Iterable[str] = PATHS) -> set[str]:
    """Return the files that import one of the modules, or a part of one."""
    parts = tuple(f"{name}." for name in names)
    return {
        path
        for path in among
        if any(module in names or module.startswith(parts) for module in imports(path))
    }


def below(*starts: str) -> set[str]:
    return {path for path in PATHS if path.startswith(starts)}


def test_the_app_never_imports_the_training() -> None:
    assert not importing("training", among=below("app"))


def test_only_the_page_and_its_server_import_gradio() -> None:
    folders = ("app/api/", "app/frontend/", "app/components/", "app/tabs/", "app/shell/")
    assert importing("gradio") <= below(*folders, "app/ui.py", "app/server.py")


def test_only_the_maps_figure_imports_plotly() -> None:
    assert importing("plotly") == {"app/components/latent_map/figure.py"}


def test_networks_never_see_pillow() -> None:
    readers = {"training/image_folder.py", "training/labeled.py"}  # files and arrays to 28x28
    assert importing("PIL", among=below("app/model/", "training/")) == readers


# Folders from the lowest to the highest, and what each may not import.
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


def test_a_lower_folder_does_not_import_a_higher_one() -> None:
    for folder, higher in ABOVE.items():
        assert not importing(*higher, among=below(folder))


def test_the_model_starts_from_its_networks() -> None:
    assert not importing("app", among=["app/model/vae.py"])


def test_a_folder_of_the_app_holds_at_most_14_files() -> None:
    folders = {
        file.parent for file in (ROOT / "app").rglob("*.*") if "__pycache__" not in file.parts
    }
    for folder in folders:
        files = [file for file in folder.iterdir() if file.is_file() and file.suffix != ".pyi"]
        assert len(files) <= 14, folder


TAG = re.compile(r"</?[a-z][a-z0-9]*[\s>]")


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


def test_markup_of_the_page_is_in_templates() -> None:
    for path in below("app/components/", "app/tabs/", "app/shell/", "app/ui.py", "app/api/"):
        assert not [text for text in strings(PATHS[path]) if TAG.search(text)], path


def test_nothing_unpickles() -> None:
    assert not importing("pickle", "joblib", "dill")
    for path, file in PATHS.items():
        assert "torch.load(" not in file.read_text(), path
        assert "allow_pickle=True" not in file.read_text(), path
