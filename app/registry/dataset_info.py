"""Description of a model's data set: its name, its classes, how images are preprocessed.

Training writes it to data.json in the weights folder; the page reads it from there.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

INFO_FILE = "data.json"
# Keys of app.images.PREPARATIONS, which is not imported because it needs Pillow.
PREPARATIONS = ("ink", "resize")
MAX_CLASSES = 100  # the map has ten colors times ten symbols
MAX_NAME = 255  # characters, the limit of a file name on common file systems


def _check_name(kind: str, name: object) -> None:
    """Raise ValueError unless a name is one line of printable text."""
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ValueError(f"invalid {kind} name {name!r:.80}: expected one line of text")
    if len(name) > MAX_NAME:
        raise ValueError(
            f"expected a {kind} name of at most {MAX_NAME} characters, got {len(name)}"
        )


@dataclass(frozen=True)
class DatasetInfo:
    """A description of one data set.

    Attributes:
        name: display name.
        classes: the name of each label 0, 1, ...; a single class for unlabeled data.
        prepare: how an image becomes 28x28: "ink" (strokes extracted and centered as in MNIST) or
            "resize".

    Raises:
        ValueError: a name, the number of classes or `prepare` is invalid.
    """

    name: str
    classes: tuple[str, ...]
    prepare: str

    def __post_init__(self) -> None:
        _check_name("data set", self.name)
        for name in self.classes:
            _check_name("class", name)
        if not 1 <= len(self.classes) <= MAX_CLASSES:
            raise ValueError(f"expected 1 to {MAX_CLASSES} classes, got {len(self.classes)}")
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("two classes have the same name")
        if self.prepare not in PREPARATIONS:
            raise ValueError(f"prepare must be one of {PREPARATIONS}, got {self.prepare!r:.40}")

    @property
    def digits(self) -> bool:
        """Return whether the images are handwritten digits, so that the page may call them so."""
        return self.prepare == "ink" and set(self.classes) <= set(MNIST.classes)

    def to_json(self) -> bytes:
        """Return the content of data.json."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()


MNIST = DatasetInfo("MNIST", tuple("0123456789"), "ink")


def read_info(weights: Path) -> DatasetInfo:
    """Return the data set description in a weights folder; MNIST if it has no data.json.

    Raises:
        ValueError: data.json is invalid.
    """
    file = weights / INFO_FILE
    if not file.exists():
        return MNIST
    try:
        return _parse(json.loads(file.read_bytes()))
    except ValueError as error:
        raise ValueError(f"{INFO_FILE}: {error}") from error


def _parse(content: Any) -> DatasetInfo:
    fields = DatasetInfo.__dataclass_fields__.keys()
    if not isinstance(content, dict) or content.keys() != fields:
        raise ValueError(f"expected an object with {', '.join(fields)}")
    if not isinstance(content["classes"], list):
        raise ValueError("classes must be a list of names")
    return DatasetInfo(content["name"], tuple(content["classes"]), content["prepare"])
