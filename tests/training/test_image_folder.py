"""Folders of images: what is read, what is left out, what is for the test, what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from training.image_folder import read_image_folder
from training.image_tree import holds_images
from training.labeled import Labeled


def write_image(file: Path, level: int = 255, size: tuple[int, int] = (40, 30)) -> Path:
    """Write an image of a single gray level."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, level).save(file)
    return file


def write_images(folder: Path, count: int, level: int = 255) -> None:
    for i in range(count):
        write_image(folder / f"{i:03d}.png", level)


def classes(found: Labeled) -> list[str]:
    return sorted(set(found.labels.tolist()))


def test_sub_folders_are_the_classes(tmp_path: Path) -> None:
    write_images(tmp_path / "dark", 3, level=51)
    write_images(tmp_path / "bright" / "more", 2, level=204)
    found = read_image_folder(tmp_path, "resize")
    assert found.labels.tolist() == ["bright"] * 2 + ["dark"] * 3
    assert found.images.shape == (5, 28, 28)
    assert found.images.dtype == np.uint8
    assert found.images.mean(axis=(1, 2)).tolist() == [204, 204, 51, 51, 51]


def test_every_tenth_image_of_each_class_is_for_the_test(tmp_path: Path) -> None:
    write_images(tmp_path / "a", 21)
    write_images(tmp_path / "b", 2)
    found = read_image_folder(tmp_path, "resize")
    assert np.flatnonzero(found.test).tolist() == [0, 10, 20, 21]


def test_a_folder_may_say_itself_what_is_for_the_test(tmp_path: Path) -> None:
    write_images(tmp_path / "train" / "a", 3)
    write_images(tmp_path / "train" / "b", 1)
    write_images(tmp_path / "test" / "a", 2)
    found = read_image_folder(tmp_path, "resize")
    assert classes(found) == ["a", "b"]
    assert found.test.tolist() == [False] * 4 + [True] * 2


@pytest.mark.parametrize("parts", [("",), ("train", "test")])
def test_images_without_class_folders_are_one_class(tmp_path: Path, parts: tuple[str, ...]) -> None:
    for part in parts:
        write_images(tmp_path / "mine" / part, 2)
    found = read_image_folder(tmp_path / "mine", "resize")
    assert classes(found) == ["mine"]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_images_of_any_mode_and_size_become_28x28(tmp_path: Path, mode: str) -> None:
    image = Image.new("L", (33, 70))
    ImageDraw.Draw(image).rectangle([0, 35, 33, 70], fill=255)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    for name in ("one", "other"):
        image.save(tmp_path / f"{name}.tiff")
    [first, _] = read_image_folder(tmp_path, "resize").images
    assert first[:12].max() < 30
    assert first[16:].min() > 220


def test_digits_can_be_prepared_as_uploads_are(tmp_path: Path) -> None:
    page = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(page).line([(40, 30), (40, 120)], fill=0, width=12)
    for name in ("one", "other"):
        page.save(tmp_path / f"{name}.png")
    [first, _] = read_image_folder(tmp_path, "ink").images
    assert first[0].max() == 0, "black paper"
    assert first[14, 12:16].max() == 255, "white ink, centered"


def test_what_cannot_be_read_is_left_out_counted_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_images(tmp_path, 3)
    for name in ("a.png", "b.jpg", "c.heic", "d"):
        (tmp_path / name).write_bytes(b"no image")
    Image.new("1", (13_000, 13_000)).save(tmp_path / "bomb.png")
    assert len(read_image_folder(tmp_path, "resize").images) == 3
    [warning] = caplog.messages
    assert warning.startswith("left out 5 files: not an image (d); ")
    assert "(a.png, b.jpg, c.heic)" in warning
    assert "send it at a smaller size (bomb.png)" in warning


def test_hidden_files_are_no_images_and_other_types_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_images(tmp_path / "a", 2)
    for name in ("notes.txt", "a/labels.csv", ".DS_Store", ".cache/x.png", "a/._000.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"something")
    assert len(read_image_folder(tmp_path, "resize").images) == 2
    assert caplog.messages == ["left out 2 files: not an image (labels.csv, notes.txt)"]


@pytest.mark.parametrize("content", ["nothing", "a text", "a hidden image", "no folder"])
def test_a_folder_without_images_holds_none(tmp_path: Path, content: str) -> None:
    if content == "a text":
        (tmp_path / "notes.txt").write_text("x")
    elif content == "a hidden image":
        write_image(tmp_path / ".hidden" / "a.png")
    assert not holds_images(tmp_path / "none" if content == "no folder" else tmp_path)


def only_broken(folder: Path) -> None:
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(b"broken")


def one_in_a_class(folder: Path) -> None:
    write_images(folder / "many", 5)
    write_images(folder / "single", 1)


def train_alone(folder: Path) -> None:
    write_images(folder / "train" / "a", 5)


def strangers_in_the_test(folder: Path) -> None:
    write_images(folder / "train" / "a", 5)
    write_images(folder / "test" / "b", 5)


def nothing_readable_in_the_test(folder: Path) -> None:
    write_images(folder / "train" / "a", 5)
    (folder / "test" / "a").mkdir(parents=True)
    (folder / "test" / "a" / "x.png").write_bytes(b"broken")


def next_to_the_classes(folder: Path) -> None:
    write_images(folder / "a", 5)
    write_image(folder / "loose.png")


REFUSED = {
    only_broken: "none of its 2 files is an image that can be read",
    one_in_a_class: "class 'single' has no image for training: expected two",
    train_alone: "of train/ and test/ only train/ has images",
    strangers_in_the_test: "class 'b' has no image for training",
    nothing_readable_in_the_test: "no image in test/ can be read",
    next_to_the_classes: "some images are in class folders and some next to them, as loose.png",
}


@pytest.mark.parametrize(("arrange", "complaint"), REFUSED.items())
def test_a_folder_that_cannot_be_used_is_refused_with_one_sentence(
    tmp_path: Path, arrange: Callable[[Path], None], complaint: str
) -> None:
    arrange(tmp_path)
    with pytest.raises(ValueError, match=complaint) as caught:
        read_image_folder(tmp_path, "resize")
    assert "\n" not in str(caught.value)
