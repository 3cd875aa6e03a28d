"""What a weights folder may say of its data, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.images import PREPARATIONS as FUNCTIONS
from app.registry.dataset_info import MNIST, PREPARATIONS, DatasetInfo, read_info

CLOTHES = DatasetInfo("Clothes", ("shirt", "shoe"), "resize")


def test_a_description_comes_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_bytes(CLOTHES.to_json())
    assert read_info(tmp_path) == CLOTHES


def test_a_folder_that_says_nothing_knows_mnist(tmp_path: Path) -> None:
    assert read_info(tmp_path) == MNIST


def test_digits_are_what_is_named_by_digits_and_prepared_as_mnist() -> None:
    assert MNIST.digits
    assert DatasetInfo("even", ("0", "2", "4"), "ink").digits
    assert not DatasetInfo("photos", tuple("0123456789"), "resize").digits
    assert not DatasetInfo("letters", ("a", "b"), "ink").digits


def test_every_preparation_has_a_function() -> None:
    assert tuple(FUNCTIONS) == PREPARATIONS


GOOD: dict[str, Any] = {"name": "x", "classes": ["a"], "prepare": "ink"}
BAD = {
    "a list": ([], "expected an object with name, classes, prepare"),
    "a field short": ({"name": "x", "classes": ["a"]}, "expected an object"),
    "a field over": (GOOD | {"url": "http://x"}, "expected an object"),
    "classes in one string": (GOOD | {"classes": "abc"}, "classes must be a list"),
    "no classes": (GOOD | {"classes": []}, "expected 1 to 100 classes, got 0"),
    "too many classes": (GOOD | {"classes": [str(i) for i in range(101)]}, "got 101"),
    "a class twice": (GOOD | {"classes": ["a", "a"]}, "two classes have the same name"),
    "a number for a class": (GOOD | {"classes": [1]}, "invalid class name 1"),
    "a class of two lines": (GOOD | {"classes": ["a\nb"]}, "expected one line of text"),
    "a class of blanks": (GOOD | {"classes": ["  "]}, "expected one line of text"),
    "an endless class": (GOOD | {"classes": ["a" * 256]}, "at most 255 characters, got 256"),
    "no name": (GOOD | {"name": ""}, "invalid data set name ''"),
    "another preparation": (GOOD | {"prepare": "crop"}, "prepare must be one of"),
}


@pytest.mark.parametrize(("content", "complaint"), BAD.values(), ids=BAD)
def test_a_bad_description_is_refused_with_its_file_and_a_sentence(
    tmp_path: Path, content: object, complaint: str
) -> None:
    (tmp_path / "data.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"^data.json: .*{complaint}"):
        read_info(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.json").write_bytes(content)
    with pytest.raises(ValueError, match="^data.json: "):
        read_info(tmp_path)
