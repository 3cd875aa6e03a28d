"""What training.data promises: files read or refused, downloads verified, exact binarization."""

import gzip
import hashlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from app.registry.dataset_info import MNIST, DatasetInfo
from tests.training.test_image_folder import pictures
from training import data
from training import idx as idx_files
from training.data import DataUnavailable, ImageSet
from training.download import SHA256
from training.idx import read_idx
from training.noise import uniform

TRAIN, TEST = 6, 4  # images in the fake set


def idx(*shape: int) -> bytes:
    """Return a valid IDX file whose bytes count up from 0."""
    header = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    return header + bytes(i % 256 for i in range(torch.Size(shape).numel()))


FILES = {
    "train-images-idx3-ubyte": idx(TRAIN, 28, 28),
    "train-labels-idx1-ubyte": idx(TRAIN),
    "t10k-images-idx3-ubyte": idx(TEST, 28, 28),
    "t10k-labels-idx1-ubyte": idx(TEST),
}
SUMS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


def write_files(folder: Path, pattern: str = "{}") -> Path:
    """Write the four fake files, named by `pattern`, gzipped if it ends in .gz."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        path = folder / pattern.format(name)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return folder


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# --- a mirror for each way to behave ---------------------------------------------------------


class Mirrors(ThreadingHTTPServer):
    """http://127.0.0.1:PORT/BEHAVIOR/FILE.gz; remembers what was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.requests: list[str] = []
        self.released = threading.Event()

    def at(self, behavior: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{behavior}/"


class Answer(BaseHTTPRequestHandler):
    server: Mirrors

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        behavior, name = self.path.strip("/").split("/")
        content = FILES[name.removesuffix(".gz")]
        body = gzip.compress(content)
        match behavior:
            case "good":
                self.answer(body)
            case "labeled":  # as a content encoding, which the client undoes on its own
                self.answer(body, encoding="gzip")
            case "breaks":
                self.answer(body[: len(body) // 2], promised=len(body))
            case "stalls":
                self.answer(body[: len(body) // 2], promised=len(body))
                if not self.server.released.wait(timeout=10):  # a client that waits is told all
                    self.wfile.write(body[len(body) // 2 :])
            case "lies":
                self.answer(gzip.compress(content[:-1] + bytes([content[-1] ^ 1])))
            case "chats":
                self.answer(b"<html>Please sign in to this network</html>")
            case _:
                self.send_error(404)

    def answer(self, body: bytes, promised: int | None = None, encoding: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Mirrors]:
    with Mirrors() as mirrors:
        thread = threading.Thread(target=mirrors.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield mirrors
        mirrors.released.set()
        mirrors.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def fetch(cache: Path, *mirrors: str, sums: Mapping[str, str] = SUMS) -> None:
    data.fetch_mnist(cache, mirrors, sums, timeout=1.0)


def stored(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in cache.iterdir()}


# --- downloads -------------------------------------------------------------------------------


@pytest.mark.parametrize("behavior", ["good", "labeled"])
def test_download_is_stored_unpacked(tmp_path: Path, server: Mirrors, behavior: str) -> None:
    fetch(tmp_path, server.at(behavior))
    assert stored(tmp_path) == FILES


def test_second_download_makes_no_request(tmp_path: Path, server: Mirrors) -> None:
    fetch(tmp_path, server.at("good"))
    assert len(server.requests) == len(FILES)
    fetch(tmp_path, server.at("good"))
    assert len(server.requests) == len(FILES)


@pytest.mark.parametrize("fault", ["missing", "breaks", "stalls", "lies", "chats"])
def test_next_mirror_replaces_a_bad_one(tmp_path: Path, server: Mirrors, fault: str) -> None:
    name = "train-images-idx3-ubyte"
    fetch(tmp_path, server.at(fault), server.at("good"), sums={name: SUMS[name]})
    assert stored(tmp_path) == {name: FILES[name]}
    assert server.requests == [f"/{fault}/{name}.gz", f"/good/{name}.gz"]


@pytest.mark.parametrize("fault", ["missing", "breaks", "stalls", "lies", "chats"])
def test_failed_download_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, server: Mirrors, fault: str
) -> None:
    with pytest.raises(DataUnavailable) as caught:
        fetch(tmp_path, server.at(fault))
    message = str(caught.value)
    assert server.at(fault) in message
    assert "--data DIR" in message
    assert "MNIST_DIR" in message
    assert all(f"{name}.gz" in message for name in FILES)
    assert "\n" not in message
    assert stored(tmp_path) == {}


def test_no_network_is_data_unavailable(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and never listening: a connection is refused
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DataUnavailable, match=r"ConnectionError.*--data DIR"):
            fetch(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_cache_that_cannot_be_written_is_data_unavailable(tmp_path: Path, server: Mirrors) -> None:
    occupied = write(tmp_path / "cache", b"a file where the folder should be")
    with pytest.raises(DataUnavailable, match="--data DIR"):
        fetch(occupied, server.at("good"))


def test_corrupt_cached_file_is_fetched_again(tmp_path: Path, server: Mirrors) -> None:
    write_files(tmp_path)
    write(tmp_path / "t10k-labels-idx1-ubyte", b"half a fi")
    fetch(tmp_path, server.at("good"))
    assert stored(tmp_path) == FILES
    assert server.requests == ["/good/t10k-labels-idx1-ubyte.gz"]


def test_without_a_folder_the_users_cache_is_filled_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake_fetch(cache: Path) -> None:
        write_files(cache)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(data, "fetch_mnist", fake_fetch)
    dataset = data.load_dataset(None)
    assert len(dataset.train.images) == TRAIN
    assert stored(tmp_path / "vae-demo" / "mnist") == FILES


def test_users_cache_defaults_to_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data.user_cache() == tmp_path / ".cache" / "vae-demo"


# --- a folder of files -----------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["{}", "{}.gz"])
@pytest.mark.parametrize("dotted", [False, True])
def test_folder_is_read_under_every_spelling(tmp_path: Path, pattern: str, dotted: bool) -> None:
    write_files(tmp_path, pattern)
    if dotted:
        for path in list(tmp_path.iterdir()):
            path.rename(tmp_path / path.name.replace("-idx", ".idx"))
    dataset = data.load_dataset(tmp_path)
    train, test = dataset.train, dataset.test
    assert train.images.shape == (TRAIN, 1, 28, 28)
    assert test.images.shape == (TEST, 1, 28, 28)
    assert train.images.dtype == torch.uint8
    assert train.images.flatten()[:300].tolist() == [i % 256 for i in range(300)]
    assert train.labels.tolist() == list(range(TRAIN))
    assert train.labels.dtype == torch.int64


def test_folder_without_a_file_says_which_and_what_to_do(tmp_path: Path) -> None:
    (write_files(tmp_path) / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataUnavailable, match=r"no t10k-labels-idx1-ubyte .*--data DIR"):
        data.load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("train-images-idx3-ubyte", idx(TRAIN, 14, 28), r"expected \(N, 28, 28\), got \(6, 14"),
        ("train-images-idx3-ubyte", idx(TRAIN), r"expected \(N, 28, 28\), got \(6,\)"),
        ("train-labels-idx1-ubyte", idx(TRAIN + 1), r"expected \(6,\), got \(7,\)"),
        ("t10k-labels-idx1-ubyte", idx(TEST, 1), r"expected \(4,\), got \(4, 1\)"),
    ],
)
def test_folder_of_another_form_is_refused(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    write(write_files(tmp_path) / name, content)
    with pytest.raises(ValueError, match=f"{name}: {complaint}"):
        data.load_dataset(tmp_path)


def test_data_argument_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DIR", str(tmp_path / "environment"))
    assert data.data_folder(str(tmp_path)) == tmp_path
    assert data.data_folder(None) == tmp_path / "environment"


@pytest.mark.parametrize("value", [None, ""])
def test_no_folder_is_chosen_by_default(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MNIST_DIR", raising=False)
    if value is not None:
        monkeypatch.setenv("MNIST_DIR", value)
    assert data.data_folder(None) is None


# --- what the images are ---------------------------------------------------------------------


def test_idx_files_without_names_have_numbered_classes(tmp_path: Path) -> None:
    info = data.load_dataset(write_files(tmp_path / "bars")).info
    assert info == DatasetInfo("bars", tuple(f"class {i}" for i in range(TRAIN)), "resize")


def test_class_names_come_from_a_file_next_to_them_or_from_the_caller(tmp_path: Path) -> None:
    write_files(tmp_path)
    write(tmp_path / "classes.txt", "a\r\nb\nc\nd\ne\nß\n".encode())
    assert data.load_dataset(tmp_path).info.classes == tuple("abcdeß")
    assert data.load_dataset(tmp_path, class_names="uvwxyz").info.classes == tuple("uvwxyz")


def test_a_label_without_a_name_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path)
    with pytest.raises(ValueError, match="a label is 5, but there are 2 class names"):
        data.load_dataset(tmp_path, class_names=["a", "b"])


def test_known_files_are_recognized_whatever_their_folder_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = DatasetInfo("Bars", tuple("abcdef"), "ink")
    monkeypatch.setattr(idx_files, "KNOWN", ((SUMS, known),))
    assert data.load_dataset(write_files(tmp_path, "{}.gz")).info == known
    write(tmp_path / "t10k-labels-idx1-ubyte.gz", idx(TEST)[:-1] + b"\0")
    assert data.load_dataset(tmp_path).info.name == tmp_path.name


def test_a_folder_of_pictures_is_a_data_set_too(tmp_path: Path) -> None:
    for name, count in (("a", 30), ("b", 30)):
        pictures(tmp_path / "photos" / name, count)
    dataset = data.load_dataset(tmp_path / "photos")
    assert dataset.info == DatasetInfo("photos", ("a", "b"), "resize")
    assert dataset.train.images.shape == (54, 1, 28, 28)
    assert dataset.test.images.shape == (6, 1, 28, 28)
    assert dataset.train.images.dtype == torch.uint8
    assert dataset.train.labels.dtype == dataset.test.labels.dtype == torch.int64
    assert 0 < data.split(dataset.train, 20)[1].labels.sum() < 20, "mixed, or one class is left"
    again = data.load_dataset(tmp_path / "photos")
    assert torch.equal(again.train.labels, dataset.train.labels)


def test_pictures_classes_can_be_renamed_but_not_miscounted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pictures(tmp_path / name, 2)
    assert data.load_dataset(tmp_path, class_names=["x", "y"]).info.classes == ("x", "y")
    with pytest.raises(ValueError, match="expected 2 class names, got 1"):
        data.load_dataset(tmp_path, class_names=["x"])


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="neither IDX files nor pictures .*--data DIR"):
        data.load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Fashion-MNIST", "vae-2d-fashion-mnist"),
        ("../Cats & Dogs.old", "vae-2d-cats-dogs-old"),
        ("Früchte", "vae-2d-früchte"),
        ("???", "vae-2d-data"),
    ],
)
def test_a_model_of_other_data_has_a_name_of_its_own(name: str, expected: str) -> None:
    assert data.model_name("vae-2d", DatasetInfo(name, ("a",), "resize")) == expected
    assert data.model_name("vae-2d", MNIST) == "vae-2d"


# --- IDX files -------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_idx_is_read_packed_or_not_whatever_its_name(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    array = read_idx(write(tmp_path / "a.gz", pack(idx(2, 3))))
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert array.dtype == torch.uint8


GOOD = idx(2, 3)
PACKED = gzip.compress(GOOD, mtime=0)
BAD = {
    "no bytes": (b"", "neither gzip nor IDX.* nothing"),
    "a web page": (b"<html>404</html>", "neither gzip nor IDX.* 3c 68 74 6d"),
    "floats": (b"\x00\x00\x0d" + GOOD[3:], "neither gzip nor IDX.* 00 00 0d 02"),
    "half a magic": (GOOD[:3], "neither gzip nor IDX.* 00 00 08"),
    "half a header": (GOOD[:9], "truncated inside its header, 9 of 12 bytes"),
    "a byte short": (GOOD[:-1], r"truncated, 17 bytes, its shape \(2, 3\) takes 18"),
    "a byte over": (GOOD + b"\0", r"too long, 19 bytes, its shape \(2, 3\) takes 18"),
    "no images": (idx(0, 3), r"empty, its shape is \(0, 3\)"),
    "half a gzip": (PACKED[:-9], "broken or truncated gzip"),
    "gzip with a wrong sum": (PACKED[:-8] + bytes(8), "broken or truncated gzip"),
    "gzip in its magic only": (b"\x1f\x8b and no more", "broken or truncated gzip"),
}


@pytest.mark.parametrize(("content", "complaint"), BAD.values(), ids=BAD)
def test_idx_is_refused_by_name_and_reason(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"digits: {complaint}"):
        read_idx(write(tmp_path / "digits", content))


# --- tensors ---------------------------------------------------------------------------------


def test_split_holds_out_the_last_images_in_order() -> None:
    train = ImageSet(torch.arange(5, dtype=torch.uint8).reshape(5, 1, 1, 1), torch.arange(5))
    kept, held_out = data.split(train, 2)
    assert kept.labels.tolist() == kept.images.flatten().tolist() == [0, 1, 2]
    assert held_out.labels.tolist() == held_out.images.flatten().tolist() == [3, 4]


@pytest.mark.parametrize("held_out", [-1, 0, 5, 6])
def test_split_refuses_an_empty_part(held_out: int) -> None:
    train = ImageSet(torch.zeros(5, 1, 28, 28, dtype=torch.uint8), torch.zeros(5))
    with pytest.raises(ValueError, match=f"between 1 and 4, got {held_out}"):
        data.split(train, held_out)


def drawn(images: torch.Tensor, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return data.binarize(images, uniform(tuple(images.shape), generator))


def test_binarize_gives_ink_with_probability_level_over_255() -> None:
    draws = 10_000
    level = torch.arange(256, dtype=torch.uint8)
    mean = drawn(level.expand(draws, 256), seed=0).mean(0)
    p = level.double() / 255
    standard_error = (p * (1 - p) / draws).sqrt()  # 0 at both ends: never and always
    assert ((mean - p).abs() <= 5 * standard_error + 1e-7).all()


def test_binarize_never_fails_at_both_ends() -> None:
    every = torch.arange(2**16) / 2**16  # all that `uniform` gives
    black, white = (torch.full(every.shape, level, dtype=torch.uint8) for level in (0, 255))
    assert data.binarize(black, every).sum() == 0
    assert data.binarize(white, every).sum() == len(every)


def test_binarize_gives_black_and_white_floats_of_the_same_shape() -> None:
    images = torch.full((3, 1, 28, 28), 128, dtype=torch.uint8)
    x = drawn(images, seed=0)
    assert x.shape == images.shape
    assert x.dtype == torch.float32
    assert set(x.flatten().tolist()) == {0.0, 1.0}


def test_to_unit_maps_bytes_onto_zero_to_one() -> None:
    x = data.to_unit(torch.tensor([0, 51, 255], dtype=torch.uint8))
    assert x.dtype == torch.float32
    assert x.tolist() == pytest.approx([0.0, 0.2, 1.0])


# --- the real thing --------------------------------------------------------------------------


@pytest.mark.skipif(not os.environ.get("MNIST_DIR"), reason="MNIST_DIR is not set")
def test_real_mnist_has_its_sums_and_shapes() -> None:
    folder = data.data_folder(None)
    assert folder is not None
    for name, sha256 in SHA256.items():
        path = next(p for p in (folder / name, folder / f"{name}.gz") if p.is_file())
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        assert hashlib.sha256(content).hexdigest() == sha256
    dataset = data.load_dataset(folder)
    train, test = dataset.train, dataset.test
    assert dataset.info == MNIST
    assert train.images.shape == (60_000, 1, 28, 28)
    assert train.labels.shape == (60_000,)
    assert test.images.shape == (10_000, 1, 28, 28)
    assert test.labels.shape == (10_000,)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
