"""What a model was trained on: the data's name, its classes, and how pictures were prepared for it.

Training writes this beside the weights (data.json), the page reads it there.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

INFO_FILE = "data.json"
PREPARATIONS = ("ink", "resize")  # the keys of images.PREPARATIONS, which need not be loaded here
MAX_CLASSES = 100  # the map tells ten colours times ten symbols apart
MAX_NAME = 255  # characters: a folder's name fits


def _check_name(kind: str, name: object) -> None:
    """A name is one line of text; a file's name may be anything else."""
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ValueError(f"{name!r:.80} is no name of a {kind}: it must be one line of text")
    if len(name) > MAX_NAME:
        raise ValueError(f"the name of a {kind} may have {MAX_NAME} characters, not {len(name)}")


@dataclass(frozen=True)
class DatasetInfo:
    """A description of one data set.

    Attributes:
        name: as a person would write it.
        classes: the name of each label 0, 1, ...; one class where nothing is told apart.
        prepare: how a picture becomes 28x28: "ink" (found, placed as MNIST's) or "resize".

    Raises:
        ValueError: one sentence, for what no page could show.
    """

    name: str
    classes: tuple[str, ...]
    prepare: str

    def __post_init__(self) -> None:
        _check_name("data set", self.name)
        for name in self.classes:
            _check_name("class", name)
        if not 1 <= len(self.classes) <= MAX_CLASSES:
            raise ValueError(f"there are {len(self.classes)} classes: 1 to {MAX_CLASSES} can be")
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("two classes have the same name")
        if self.prepare not in PREPARATIONS:
            raise ValueError(f"prepare must be one of {PREPARATIONS}, got {self.prepare!r:.40}")

    @property
    def digits(self) -> bool:
        """Whether the pictures are handwritten digits, and may be called so."""
        return self.prepare == "ink" and set(self.classes) <= set(MNIST.classes)

    def to_json(self) -> bytes:
        """The content of data.json."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()


MNIST = DatasetInfo("MNIST", tuple("0123456789"), "ink")


def read_info(weights: Path) -> DatasetInfo:
    """What a weights folder says of its data; one that says nothing knows MNIST.

    Raises:
        ValueError: its data.json is none.
    """
    file = weights / INFO_FILE
    if not file.exists():
        return MNIST
    try:
        return _parsed(json.loads(file.read_bytes()))
    except ValueError as error:
        raise ValueError(f"{INFO_FILE}: {error}") from error


def _parsed(content: Any) -> DatasetInfo:
    fields = DatasetInfo.__dataclass_fields__.keys()
    if not isinstance(content, dict) or content.keys() != fields:
        raise ValueError(f"expected an object with {', '.join(fields)}")
    if not isinstance(content["classes"], list):
        raise ValueError("classes must be a list of names")
    return DatasetInfo(content["name"], tuple(content["classes"]), content["prepare"])
