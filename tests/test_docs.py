"""Documents and comments name what exists: files, headings, modules, make targets."""

import ast
import re
from pathlib import Path

import pytest

from app.components.try_this import read_chips
from tests.paths import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = ROOT / "README.md"
MAX_LINES = 180
MAX_IMAGE = 3_000_000
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
PATH = re.compile(r"\b(?:app|docs|tests|training)/[\w/]+\.(?:py|js|html|css|md)\b")
TREE = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def links(file: Path) -> list[str]:
    """Return the targets of a document's links and images, except those on other sites."""
    found = (link or image for link, image in LINK.findall(BLOCK.sub("", file.read_text())))
    return [target for target in found if "://" not in target]


def anchors(file: Path) -> set[str]:
    """Return the anchors that GitHub gives a document's headings."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", file.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_a_relative_link_leads_to_a_file_and_a_heading(file: Path) -> None:
    for target in links(file):
        path, _, anchor = target.partition("#")
        linked = (file.parent / path).resolve() if path else file
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_a_module_in_a_command_is_one_that_runs(file: Path) -> None:
    for module in re.findall(r" -m ((?:app|docs|tests|training)[\w.]*)", file.read_text()):
        source = ROOT / f"{module.replace('.', '/')}.py"
        assert source.is_file(), module
        assert '__name__ == "__main__"' in source.read_text(), module


def test_a_path_in_a_text_leads_to_a_file() -> None:
    for file in [*ROOT.glob("app/**/*.*"), *ROOT.glob("training/**/*.*")]:
        if file.suffix in (".py", ".js", ".html", ".css", ".yaml", ".j2"):
            for path in PATH.findall(file.read_text()):
                assert (ROOT / path).exists(), f"{name(file)}: {path}"


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_a_make_target_exists(file: Path) -> None:
    targets = re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    code = re.findall(r"`[^`]+`|^```sh\n.*?^```$", file.read_text(), re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\bmake (\w[\w-]*)", "\n".join(code)):
        assert target in targets, target


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_python_in_a_document_imports_names_that_exist(file: Path) -> None:
    for code in re.findall(r"^```python\n(.*?)^```$", file.read_text(), re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module:
                module = __import__(node.module, fromlist=["*"])
                assert {alias.name for alias in node.names} <= set(dir(module))


def test_a_name_in_the_glossary_is_in_the_code() -> None:
    folders = ("app/**/*.py", "app/**/*.js", "training/**/*.py")
    code = "".join(file.read_text() for pattern in folders for file in ROOT.glob(pattern))
    rows = (ROOT / "docs/glossary.md").read_text()
    for name in re.findall(r"^\| [^|]+ \| `([^`]+)` \|", rows, re.MULTILINE):
        used = re.search(rf"\b{re.escape(name.removeprefix('VAE.'))}\b", code)
        assert used or (ROOT / name).exists(), name


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= MAX_LINES


def test_the_readme_starts_with_the_front_matter_of_a_space() -> None:
    _, front_matter, _ = README.read_text().split("---\n", 2)
    settings = dict(line.split(": ", 1) for line in front_matter.splitlines())
    assert settings["sdk"] == "gradio"
    assert (ROOT / settings["app_file"]).is_file()
    assert f"gradio=={settings['sdk_version']}" in (ROOT / "requirements.txt").read_text()


def test_the_project_structure_names_what_exists() -> None:
    (tree,) = TREE.findall(README.read_text())
    for line in tree.splitlines():
        path = line.split()[0]
        assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file(), path


def test_the_readme_shows_every_tab_of_the_page() -> None:
    readme = README.read_text()
    for tab in read_chips():
        assert f"**{tab}**" in readme, tab


def test_the_images_are_small_enough_for_a_readme() -> None:
    images = sorted((ROOT / "docs").rglob("*.webp"))
    assert images
    for image in images:
        assert image.stat().st_size < MAX_IMAGE, image
