"""Data sets as people have them: read, or refused with a sentence that says what to do."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.model.vae import VAEConfig
from app.registry.dataset_info import MNIST
from tests.bars import bars, write_bars, write_idx
from tests.training.test_image_folder import write_image, write_images
from tests.training.test_train import command
from training import idx as idx_files
from training.command import sentence
from training.data import Dataset, DataUnavailable, load_dataset
from training.recipes import RECIPES, Recipe

ARCHIVES = Path(os.environ.get("DATASETS_DIR", "none"))
Write = Callable[[Path], None]


def load(folder: Path) -> Dataset:
    return load_dataset(folder)


def refusal(folder: Path) -> str:
    with pytest.raises((DataUnavailable, ValueError)) as caught:
        load_dataset(folder)
    text = sentence(caught.value)
    assert "\n" not in text
    return text


# Folders of images


@pytest.mark.parametrize(
    "stray",
    [
        "README.md",
        "LICENSE",
        "Thumbs.db",
        "desktop.ini",
        "data.yaml",
        "labels.csv",
        "a.py",
        "Icon\r",
    ],
)
@pytest.mark.parametrize("where", [".", "a", "a/b"])
def test_a_stray_file_is_counted_and_left_out_wherever_it_is(
    stray: str, where: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        write_images(tmp_path / "photos" / name, 3)
    (tmp_path / "photos" / where).mkdir(exist_ok=True)
    (tmp_path / "photos" / where / stray).write_bytes(b"no image")
    dataset = load(tmp_path / "photos")
    assert dataset.info.classes == ("a", "b")
    assert len(dataset.train.images) + len(dataset.test.images) == 6
    assert caplog.messages == [f"left out 1 file: not an image ({stray})"]


@pytest.mark.parametrize(
    ("train_name", "test_name"),
    [
        ("train", "test"), ("training", "testing"), ("Train", "Test"), ("TRAIN", "TEST"),
        ("trainingSet", "testSet"), ("train", "val"), ("train", "valid"), ("Train", "Validation"),
        ("train_set", "test_set"), ("seg_train", "seg_test"), ("train-images", "test-images"),
    ],
)  # fmt: skip
def test_parts_have_many_names(train_name: str, test_name: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_images(tmp_path / train_name / name, 3)
        write_images(tmp_path / test_name / name, 2)
    dataset = load(tmp_path)
    assert dataset.info.classes == ("a", "b")
    assert (len(dataset.train.images), len(dataset.test.images)) == (6, 4)


def test_folders_next_to_the_parts_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for part, count in (("trainingSet", 3), ("testSet", 2), ("val", 2), ("trainingSample", 1)):
        for name in ("a", "b"):
            write_images(tmp_path / part / name, count)
    dataset = load(tmp_path)
    assert (len(dataset.train.images), len(dataset.test.images)) == (6, 4)
    assert "left out the 2 images in trainingSample/" in caplog.messages
    assert "left out the 4 images in val/" in caplog.messages


def test_a_test_part_without_classes_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        write_images(tmp_path / "trainingSet" / name, 11)
    write_images(tmp_path / "testSet", 5)
    dataset = load(tmp_path)
    assert dataset.info.classes == ("a", "b")
    assert (len(dataset.train.images), len(dataset.test.images)) == (18, 4)
    assert "testSet/ has no class folders" in caplog.text


@pytest.mark.parametrize("only", ["train", "test", "Training", "val"])
def test_one_part_alone_is_refused(only: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_images(tmp_path / only / name, 3)
    assert f"only {only}/ has images; give it alone, --data" in refusal(tmp_path)


def test_two_folders_for_one_part_are_refused(tmp_path: Path) -> None:
    for part in ("train", "training", "test"):
        write_images(tmp_path / part / "a", 3)
    assert "expected one folder for a part, got train/ and training/" in refusal(tmp_path)


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    for name in ("bus", "car", "train"):
        write_images(tmp_path / name, 3)
    assert load(tmp_path).info.classes == ("bus", "car", "train")


def test_classes_with_the_same_sub_folders_are_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("cat", "dog"):
        for part in ("train", "test"):
            write_images(tmp_path / name / part, 3)
    assert load(tmp_path).info.classes == ("cat", "dog")
    assert "every class folder has the same sub-folders, test, train" in caplog.text


@pytest.mark.parametrize("inside", ["", "train", "test"])
def test_one_folder_too_high_is_found(
    inside: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parts = ("train", "test") if inside else ("",)
    for part in parts:
        for name in ("0", "1", "2"):
            write_images(tmp_path / "wrapped" / "mnist" / part / name, 3)
    dataset = load(tmp_path / "wrapped")
    assert dataset.info.classes == ("0", "1", "2")
    assert f"reading {tmp_path / 'wrapped' / 'mnist'}, the only folder" in caplog.text


@pytest.mark.parametrize(("low", "neighbor"), [("0", "1, 2"), ("train", "val")])
def test_one_folder_too_low_is_explained(
    low: str, neighbor: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("0", "1", "2") if low == "0" else ("train/a", "train/b", "val/a"):
        write_images(tmp_path / "mnist" / name, 3)
    load(tmp_path / "mnist" / low)
    assert f"to read {neighbor} next to it too, give --data {tmp_path / 'mnist'}" in caplog.text


def test_links_to_class_folders_are_followed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_images(tmp_path / "disk" / name, 3)
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / name).symlink_to(tmp_path / "disk" / name)
    (tmp_path / "disk" / "a" / "loop").symlink_to(tmp_path / "photos")
    (tmp_path / "linked").symlink_to(tmp_path / "photos")
    assert load(tmp_path / "linked").info.classes == ("a", "b")


def test_links_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    for name in ("0", "1"):
        (tmp_path / name).symlink_to(tmp_path / "gone" / name)
    assert "but 2 links that lead nowhere" in refusal(tmp_path)


@pytest.mark.parametrize("ending", ["pgm", "pbm", "ppm"])
def test_netpbm_images_are_read(ending: str, tmp_path: Path) -> None:
    mode = {"pgm": "L", "pbm": "1", "ppm": "RGB"}[ending]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(2):
            Image.new(mode, (30, 40), 1 if mode == "1" else "white").save(
                tmp_path / name / f"{i}.{ending}"
            )
    assert load(tmp_path).train.images.float().mean() > 250


def test_a_format_that_is_not_read_is_named_with_its_reason(tmp_path: Path) -> None:
    content = b"\0\0\0\x18ftypheic" + bytes(32)
    for i in range(3):
        (tmp_path / f"IMG_{i}.heic").write_bytes(content)
    text = refusal(tmp_path)
    assert "none of its 3 files is an image that can be read" in text
    assert "HEIC" in text
    assert "IMG_0.heic" in text


@pytest.mark.parametrize(("color", "expected"), [("red", True), ("gray", False)])
def test_color_folders_say_that_they_become_gray(
    color: str, expected: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for i in range(3):
        Image.new("RGB", (30, 30), color).save(tmp_path / f"{i}.png")
    load(tmp_path)
    assert ("3 of 3 images are in color and become gray" in caplog.text) == expected


# IDX


def labels_up_to(last: int, first: int = 0) -> NDArray[np.uint8]:
    return (np.arange(200) % (last - first + 1) + first).astype(np.uint8)


@pytest.mark.parametrize("lying", [True, False])
def test_emnist_letters_are_upright_letters(lying: bool, tmp_path: Path) -> None:
    tall = bars(200)  # bars are taller than wide, as handwriting is
    stored = tall.transpose(0, 2, 1) if lying else tall
    dataset = load(write_idx(tmp_path / "emnist", stored, labels_up_to(26, first=1)))
    assert "".join(dataset.info.classes) == "abcdefghijklmnopqrstuvwxyz"
    assert dataset.train.labels.tolist()[:3] == [0, 1, 2]
    assert np.array_equal(dataset.train.images.squeeze(1).numpy(), tall)


def test_emnist_under_mnists_names_is_recognized(tmp_path: Path) -> None:
    lying = bars(200).transpose(0, 2, 1)
    for last, first, count in ((26, 1, 26), (46, 0, 47), (61, 0, 62)):
        folder = write_idx(tmp_path / f"{count}", lying, labels_up_to(last, first))
        dataset = load(folder)
        assert len(dataset.info.classes) == count
        assert not any(name.startswith("class") for name in dataset.info.classes)
        assert np.array_equal(dataset.train.images.squeeze(1).numpy(), bars(200))


def test_other_data_with_wide_images_stay_as_they_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lying = bars(200).transpose(0, 2, 1)
    dataset = load(write_idx(tmp_path / "shoes", lying, labels_up_to(9)))
    assert np.array_equal(dataset.train.images.squeeze(1).numpy(), lying)
    assert "rename the folder to emnist" in caplog.text


def test_emnists_own_file_names_are_read(tmp_path: Path) -> None:
    folder = write_idx(tmp_path / "gzip", bars(200), labels_up_to(26, first=1))
    for file in list(folder.iterdir()):
        name = file.name.replace("t10k", "test")
        (folder / f"emnist-letters-{name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert load(folder).info.name == "emnist-letters"
    for file in list(folder.iterdir()):
        (folder / file.name.replace("letters", "balanced")).write_bytes(file.read_bytes())
    assert "expected one data set, got emnist-balanced, emnist-letters" in refusal(folder)


@pytest.mark.parametrize("levels", [1, 2])
def test_torchvisions_raw_folder_is_found_below(levels: int, tmp_path: Path) -> None:
    write_bars(tmp_path / "data" / "MNIST" / "raw", 20)
    folder = tmp_path / "data" if levels == 2 else tmp_path / "data" / "MNIST"
    dataset = load(folder)
    assert len(dataset.train.images) == 20
    assert load(tmp_path / "data" / "MNIST" / "raw").info.name == "MNIST"


def test_two_data_sets_below_are_refused_by_name(tmp_path: Path) -> None:
    for name in ("MNIST", "FashionMNIST"):
        write_bars(tmp_path / name / "raw", 20)
    assert "expected one data set, got FashionMNIST/raw, MNIST/raw" in refusal(tmp_path)


def test_each_file_may_be_in_a_folder_of_its_name(tmp_path: Path) -> None:
    for file in list(write_bars(tmp_path, 20).iterdir()):
        content = file.read_bytes()
        file.unlink()
        (tmp_path / file.stem).mkdir()
        (tmp_path / file.stem / file.stem).write_bytes(content)
    assert len(load(tmp_path).train.images) == 20


def test_labels_may_begin_anywhere_and_leave_gaps(tmp_path: Path) -> None:
    labels = np.array([3, 7, 9, 7] * 50, np.uint8)
    dataset = load(write_idx(tmp_path, bars(200), labels))
    assert dataset.info.classes == ("class 3", "class 7", "class 9")
    assert dataset.train.labels.tolist()[:4] == [0, 1, 2, 1]
    again = load_dataset(tmp_path, class_names=dataset.info.classes)
    assert again.train.labels.equal(dataset.train.labels)


# Arrays and tables


IMAGES, LABELS = bars(40), np.arange(40) % 2


def keras(folder: Path) -> None:
    parts = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:8], "y_test": LABELS[:8]}
    np.savez(folder / "mnist.npz", **parts)  # type: ignore[arg-type]


def medmnist(folder: Path) -> None:
    parts = {
        f"{part}_{kind}": array
        for part in ("train", "val", "test")
        for kind, array in (("images", IMAGES), ("labels", LABELS[:, None]))
    }
    np.savez(folder / "m.npz", **{key: array[: 40 if "train" in key else 8]
                                  for key, array in parts.items()})  # type: ignore[arg-type]  # fmt: skip


def kmnist(folder: Path) -> None:
    for part, count in (("train", 40), ("test", 8)):
        np.savez(folder / f"kmnist-{part}-imgs.npz", IMAGES[:count])
        np.savez(folder / f"kmnist-{part}-labels.npz", LABELS[:count])


def plain_arrays(folder: Path) -> None:
    floats = IMAGES[..., None] / 255
    for part, count in (("train", 40), ("test", 8)):
        np.save(folder / f"x_{part}.npy", floats[:count])
        np.save(folder / f"y_{part}.npy", LABELS[:count])


def table(file: Path, count: int, header: str = "", last: bool = False, text: bool = False) -> None:
    lines = [header] if header else []
    for image, label in zip(IMAGES[:count].reshape(count, -1), LABELS, strict=False):
        cells = [*map(str, image)]
        cells.insert(len(cells) if last else 0, f"'{label}'" if text else str(label))
        lines.append(",".join(cells))
    file.write_text("\n".join(lines) + "\n")


PIXELS = ",".join(f"pixel{i}" for i in range(784))


def kaggle(folder: Path) -> None:
    table(folder / "train.csv", 40, f"label,{PIXELS}")
    lines = [PIXELS, *(",".join(map(str, image)) for image in IMAGES[:8].reshape(8, -1))]
    (folder / "test.csv").write_text("\n".join(lines))
    (folder / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")


def two_tables(folder: Path) -> None:
    table(folder / "mnist_train.csv", 40)
    table(folder / "mnist_test.csv", 8)


def openml(folder: Path) -> None:
    table(folder / "mnist_784.csv", 40, f"{PIXELS},class", last=True, text=True)


def packed_table(folder: Path) -> None:
    table(folder / "train.csv", 40, f"label,{PIXELS}")
    (folder / "train.csv.gz").write_bytes(gzip.compress((folder / "train.csv").read_bytes()))
    (folder / "train.csv").unlink()


@pytest.mark.parametrize("write", [keras, medmnist, kmnist, plain_arrays, two_tables])
def test_arrays_and_tables_with_a_test_are_read(write: Write, tmp_path: Path) -> None:
    write(tmp_path)
    dataset = load(tmp_path)
    assert np.array_equal(dataset.train.images.squeeze(1).numpy(), IMAGES)
    assert np.array_equal(dataset.train.labels.numpy(), LABELS)
    assert np.array_equal(dataset.test.images.squeeze(1).numpy(), IMAGES[:8])
    assert np.array_equal(dataset.test.labels.numpy(), LABELS[:8])


@pytest.mark.parametrize("write", [kaggle, openml, packed_table])
def test_of_a_table_alone_every_tenth_image_of_a_class_is_for_the_test(
    write: Write, tmp_path: Path
) -> None:
    write(tmp_path)
    dataset = load(tmp_path)
    assert (len(dataset.train.images), len(dataset.test.images)) == (36, 4)
    assert len(dataset.info.classes) == 2
    assert sorted(map(bytes, dataset.test.images.numpy())) == sorted(
        map(bytes, IMAGES[[0, 1, 20, 21]])
    )


@pytest.mark.parametrize("write", [keras, kaggle])
def test_a_file_may_be_given_instead_of_its_folder(write: Write, tmp_path: Path) -> None:
    write(tmp_path)
    file = tmp_path / ("mnist.npz" if write is keras else "train.csv")
    assert load(file).info.name == file.stem
    write_bars(tmp_path / "idx", 20)
    assert len(load(tmp_path / "idx" / "train-images-idx3-ubyte").train.images) == 20


def test_known_data_are_recognized_in_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras(tmp_path)
    found = idx_files.recognized
    monkeypatch.setattr("training.data.recognized", lambda given: MNIST if given.mixed else None)
    assert load(tmp_path).info == MNIST
    assert found is not None


def test_color_arrays_of_another_size_become_28x28(tmp_path: Path) -> None:
    color = np.zeros((20, 32, 32, 3), np.uint8)
    color[:, :16] = (255, 0, 0)
    np.savez(tmp_path / "cifar.npz", images=color, labels=np.arange(20) % 2)
    images = load(tmp_path).train.images
    assert images.shape[1:] == (1, 28, 28)
    assert images[:, :, :12].float().mean() > 20 > images[:, :, 18:].float().mean()


def objects(folder: Path) -> None:
    np.savez(folder / "a.npz", images=np.array([{}, None], dtype=object))


def too_many_labels(folder: Path) -> None:
    np.savez(folder / "a.npz", x_train=IMAGES, y_train=np.zeros(41, int))


def negative_levels(folder: Path) -> None:
    np.savez(folder / "a.npz", images=IMAGES.astype(float) - 100)


def no_training(folder: Path) -> None:
    np.savez(folder / "a.npz", x_test=IMAGES, y_test=LABELS)


def a_word_in_the_table(folder: Path) -> None:
    two_tables(folder)
    file = folder / "mnist_train.csv"
    first, rest = file.read_text().split("\n", 1)
    file.write_text("\n".join([first, rest.replace(",255,", ",black,", 1)]))


def an_archive(folder: Path) -> None:
    (folder / "mnist.zip").write_bytes(b"PK")


def a_parquet_file(folder: Path) -> None:
    (folder / "train-00000-of-00001.parquet").write_bytes(b"PAR1")


REFUSED = {
    objects: "not arrays that can be read",
    too_many_labels: "expected 40 labels, got 41",
    negative_levels: "expected gray levels 0 to 255 or 0 to 1, got -100 to 155",
    no_training: "expected images for training, got those of test",
    a_word_in_the_table: "not a table of numbers",
    an_archive: "but 1 .zip",
    a_parquet_file: "but 1 .parquet",
}


@pytest.mark.parametrize(("write", "complaint"), REFUSED.items())
def test_what_cannot_be_used_is_refused_with_one_sentence(
    write: Write, complaint: str, tmp_path: Path
) -> None:
    write(tmp_path)
    assert complaint in refusal(tmp_path)


@pytest.mark.parametrize("name", ["none", "notes.txt", "a.zip"])
def test_a_path_that_is_no_data_set_says_what_to_give(name: str, tmp_path: Path) -> None:
    if name != "none":
        (tmp_path / name).write_bytes(b"mine")
    expected = {"none": "no such folder", "a.zip": "unpack it"}.get(name, "expected a folder")
    assert expected in refusal(tmp_path / name)
    assert "--data" in refusal(tmp_path / name)


# Training on it


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    model = VAEConfig(latent_dim=2, encoder_width=8, decoder_width=8)
    recipe = Recipe(model=model, epochs=1, batch_size=4, learning_rate=1e-3, held_out=1000)
    monkeypatch.setitem(RECIPES, "tiny", recipe)


def test_other_data_of_the_same_number_do_not_resume_a_run(
    tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_idx(tmp_path / "first", bars(40), labels_up_to(1)[:40])
    other = write_idx(tmp_path / "other", bars(40)[::-1].copy(), labels_up_to(1)[:40])
    assert command(first, tmp_path) == 0
    assert command(first, tmp_path, "--resume") == 0
    capsys.readouterr()
    assert command(other, tmp_path, "--resume") == 2
    assert (
        "expected the 36 training images of the run, got 36 other ones" in capsys.readouterr().err
    )


def test_a_recipe_holds_out_at_most_a_tenth_of_small_data(tiny: None, tmp_path: Path) -> None:
    write_image(tmp_path / "photos" / "0.png")
    write_images(tmp_path / "photos", 40)
    assert command(tmp_path / "photos", tmp_path) == 0
    assert '"held_out": 3' in (tmp_path / "w" / "training.jsonl").read_text()


@pytest.mark.skipif(not ARCHIVES.is_dir(), reason="DATASETS_DIR is not set")
@pytest.mark.parametrize("archive", sorted(ARCHIVES.glob("*.tar.gz")), ids=lambda path: path.name)
def test_every_archive_is_trained_on_or_refused_with_a_sentence(
    tiny: None, archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as content:
        content.extractall(tmp_path / "data")
    code = command(tmp_path / "data", tmp_path)
    error = capsys.readouterr().err
    if archive.name.split(".")[0] in ("qmnist_renamed", "symlinks"):
        assert code == 2
        assert error.splitlines()[-1].startswith("error: ")
    else:
        assert code == 0, error
