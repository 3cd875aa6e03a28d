"""Arrangement of a folder of images: the class of each file, and which files are for the test.

    photos/cat/*.png            every tenth image of each class is for the test
    photos/train/cat/*.png      the images for the test are in photos/test/ or photos/val/
    photos/*.png                without sub-folders there is one class

It uses the names and the first bytes of files and opens no image.
"""

import logging
import re
from dataclasses import dataclass
from mimetypes import MimeTypes
from pathlib import Path

from training.left_out import LeftOut

_TYPES = MimeTypes()  # Python's own table, which is the same on every machine
MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
NETPBM = re.compile(rb"P[1-6]\s")
PART = re.compile(
    r"(?:.*[^a-z])?(?P<role>training|train|testing|test|validation|valid|val)"
    r"[^a-z]?(?:set|data|images|imgs|pictures)?"
)
NOT_AN_IMAGE = "not an image"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A file that may be an image.

    Attributes:
        file: the path.
        name: the name of the class.
        test: whether it is for the test; None if the folder has no part for the test.
    """

    file: Path
    name: str
    test: bool | None


@dataclass(frozen=True)
class _Tree:
    """A folder with images in it or below it."""

    path: Path
    files: list[Path]
    folders: list["_Tree"]

    @property
    def name(self) -> str:
        return self.path.resolve().name if self.path.name in ("", "..") else self.path.name

    @property
    def all_files(self) -> list[Path]:
        return [*self.files, *(file for folder in self.folders for file in folder.all_files)]


def arrange(folder: Path, left_out: LeftOut) -> list[Entry]:
    """Return the images below a folder by class, sorted; links to folders are followed.

    Args:
        folder: a folder of images; it may also be the parent of that folder.
        left_out: all files that are not images are added to it.

    Raises:
        ValueError: the arrangement is ambiguous.
    """
    tree = _scan(folder, left_out, ())
    if tree is None:
        return []
    tree = _descend(tree)
    parts = _parts(tree)
    if not parts:
        _hint_at_parent(tree)
        return [Entry(file, name, None) for file, name in _classified(tree)]
    only = folder.resolve().name
    train, test = _classified(parts["train"], only), _classified(parts["test"], only)
    if parts["train"].folders and not parts["test"].folders:
        left_out.add(parts["test"].all_files, f"{parts['test'].name}/ has no class folders")
        return [Entry(file, name, None) for file, name in train]
    return [
        *(Entry(file, name, False) for file, name in train),
        *(Entry(file, name, True) for file, name in test),
    ]


def holds_images(folder: Path) -> bool:
    """Return whether a file below `folder` may be an image."""
    return _scan(folder, LeftOut(), ()) is not None


def _scan(folder: Path, left_out: LeftOut, parents: tuple[Path, ...]) -> _Tree | None:
    """Return a folder's tree without hidden entries; None if there are no images."""
    real = folder.resolve()
    if real in parents or not folder.is_dir():
        return None
    files, folders = [], []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name == "__MACOSX":
            continue
        if entry.is_dir():
            below = _scan(entry, left_out, (*parents, real))
            folders += [below] if below else []
        elif not entry.exists():
            left_out.add([entry], "a link that leads nowhere")
        elif may_be_image(entry):
            files.append(entry)
        else:
            left_out.add([entry], NOT_AN_IMAGE)
    return _Tree(folder, files, folders) if files or folders else None


def may_be_image(file: Path) -> bool:
    """Return whether a file may be an image: by its suffix, or by its first bytes without one."""
    kind, packed = _TYPES.guess_type(file.name)
    if kind is not None or packed is not None:
        return packed is None and kind is not None and kind.startswith("image/")
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        start = opened.read(12)
    heif = start[4:8] == b"ftyp"
    return start.startswith(MAGIC) or heif or NETPBM.match(start) is not None


def _descend(tree: _Tree) -> _Tree:
    """Return the folder with the class folders, if the given one only wraps it."""
    inner = tree
    while not inner.files and len(inner.folders) == 1 and inner.folders[0].folders:
        if _role(inner.folders[0].name):
            break
        inner = inner.folders[0]
    if inner is not tree:
        logger.warning("reading %s, the only folder with images in %s", inner.path, tree.path)
    return inner


def _role(name: str) -> str:
    """Return "train", "test" or "val" by a folder's name; "" for other names."""
    match = PART.fullmatch(name.lower())
    if match is None or PART.search(name.lower()[: match.start("role")]):
        return ""  # for example train_val, which names two parts
    return {"tr": "train", "te": "test", "va": "val"}[match["role"][:2]]


def _parts(tree: _Tree) -> dict[str, _Tree]:
    """Return the folders of the parts "train" and "test"; {} if there are no such folders.

    Raises:
        ValueError: two folders are for one part, or only one part has images.
    """
    by_role: dict[str, list[_Tree]] = {}
    for folder in tree.folders:
        by_role.setdefault(_role(folder.name), []).append(folder)
    others = by_role.pop("", [])
    for folders in by_role.values():
        if len(folders) > 1:
            names = " and ".join(f"{folder.name}/" for folder in folders)
            raise ValueError(f"{tree.path}: expected one folder for a part, got {names}")
    found = {role: _descend(folders[0]) for role, folders in by_role.items()}
    if "train" not in found or len(found) == 1:
        alike = all(not folder.folders for folder in tree.folders)
        if found and not (others and alike):
            only = " and ".join(f"{folders[0].name}/" for folders in by_role.values())
            raise ValueError(
                f"{tree.path}: of train/ and test/ only {only} has images; give it alone, "
                f"--data {next(iter(by_role.values()))[0].path}, or add the other"
            )
        return {}
    unused = [*others, *(by_role.get("val", []) if "test" in found else [])]
    for folder in unused:
        count = len(folder.all_files)
        logger.warning("left out the %d images in %s/", count, folder.name)
    return {"train": found["train"], "test": found.get("test") or found["val"]}


def _classified(tree: _Tree, only_class: str = "") -> list[tuple[Path, str]]:
    """Return the images of a folder and their classes; `only_class` names that of loose ones."""
    if tree.files and tree.folders:
        raise ValueError(
            f"{tree.path}: some images are in class folders and some next to them, as "
            f"{tree.files[0].name}; move those into a class folder or out of {tree.name}"
        )
    if tree.files:
        return [(file, only_class or tree.path.resolve().name) for file in tree.files]
    inner = {tuple(below.name for below in folder.folders) for folder in tree.folders}
    if len(tree.folders) > 1 and len(inner) == 1 and inner != {()}:
        logger.warning(
            "every class folder has the same sub-folders, %s: their images are mixed",
            ", ".join(sorted(*inner)),
        )
    return [(file, folder.name) for folder in tree.folders for file in folder.all_files]


def _hint_at_parent(tree: _Tree) -> None:
    """Say so if the folders next to the given one look like other classes, or the other part."""
    real = tree.path.resolve()
    neighbors = [
        path
        for path in sorted(real.parent.iterdir())
        if path.is_dir() and not path.name.startswith(".") and path.resolve() != real
    ]
    role = _role(real.name)
    others = [path.name for path in neighbors if role and _role(path.name) not in ("", role)]
    if not role and tree.files and neighbors:
        alike = all(any(map(may_be_image, path.glob("*.*"))) for path in neighbors)
        others = [path.name for path in neighbors] if alike else []
    if others:
        logger.warning(
            "reading %s alone; to read %s next to it too, give --data %s",
            *(tree.path, ", ".join(others[:3]), real.parent),
        )
