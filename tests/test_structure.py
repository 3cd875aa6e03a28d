"""Imports point one way, and each library is known in its own room only."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("training/*.py"), ROOT / "app.py"])


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
def test_only_the_page_knows_gradio(file: Path) -> None:
    if not place(file).startswith(("app/ui.py", "app/tabs/", "app/live/")):
        assert not imports_any(file, "gradio")


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_only_plots_knows_plotly(file: Path) -> None:
    # The map's component may ask the package where its script lies; figures are made in plots.py.
    if place(file) not in ("app/plots.py", "app/live/latent_map.py"):
        assert not imports_any(file, "plotly")


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_networks_never_see_pictures(file: Path) -> None:
    # Apart from the copied loop that the benchmark holds ours against.
    if place(file) in ("app/vae.py", "app/inference.py") or place(file).startswith("training/"):
        assert place(file) == "training/reference.py" or not imports_any(file, "PIL")


@pytest.mark.parametrize(
    ("file", "below"),
    [
        ("app/plane.py", ("app.vae", "app.lookup", "app.inference", "app.quadrature", "app.live")),
        ("app/lookup.py", ("app.vae", "app.inference", "app.quadrature", "app.live")),
        ("app/ascent.py", ("app.vae", "app.inference", "app.plane", "app.lookup", "app.live")),
        ("app/vae.py", ("app.inference", "app.images", "app.catalogue", "app.plots", "app.live")),
        ("app/dataset.py", ("app.vae", "app.images", "app.catalogue", "torch", "numpy")),
        ("app/trace.py", ("app.images", "app.catalogue", "app.plots", "app.live", "app.tabs")),
        ("app/density.py", ("app.vae", "app.images", "app.plots", "app.live", "app.tabs", "torch")),
        (
            "app/inference.py",
            (
                "app.trace",
                "app.density",
                "app.images",
                "app.catalogue",
                "app.plots",
                "app.live",
                "app.tabs",
            ),
        ),
        ("app/catalogue.py", ("app.plots", "app.live", "app.tabs", "app.ui")),
        ("app/plots.py", ("app.live", "app.tabs", "app.ui", "torch")),
    ],
)
def test_a_lower_layer_does_not_know_a_higher_one(file: str, below: tuple[str, ...]) -> None:
    assert not imports_any(ROOT / file, *below)


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_images_need_no_network(file: Path) -> None:
    if place(file).startswith("app/images/"):
        above = ("app.vae", "app.inference", "app.typicality", "app.catalogue", "app.plots")
        assert not imports_any(file, "torch", *above)


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_live_components_do_not_know_the_tabs(file: Path) -> None:
    if place(file).startswith("app/live/"):
        assert not imports_any(file, "app.tabs", "app.ui")


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_nothing_unpickles(file: Path) -> None:
    assert not imports_any(file, "pickle", "joblib", "dill")
    assert "torch.load(" not in file.read_text()
    assert "allow_pickle=True" not in file.read_text()
