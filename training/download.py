"""Download of MNIST from the first mirror that works, verified by checksum."""

import gzip
import logging
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

# Of the uncompressed bytes, because the mirrors compress differently.
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://yann.lecun.com/exdb/mnist/",
)
WHAT_TO_DO = "give --data DIR or set MNIST_DIR, a folder of images or with " + ", ".join(
    f"{name}.gz" for name in SHA256
)
GZIP_MAGIC = b"\x1f\x8b"

logger = logging.getLogger(__name__)


class DataUnavailable(RuntimeError):
    """There are no usable files; the message is one line that says what to do."""


def fetch_mnist(
    cache: Path,
    mirrors: Sequence[str] = MIRRORS,
    sums: Mapping[str, str] = SHA256,
    timeout: float = 10.0,
) -> None:
    """Download every file of `sums` to `cache`, uncompressed, unless it is there already.

    A file gets its final name only after its checksum was verified.

    Args:
        cache: a folder, created if it does not exist.
        mirrors: base URLs with a final slash, tried in order.
        sums: file name -> SHA-256 of the uncompressed bytes.
        timeout: limit in seconds for connecting, and for the next part of a response.

    Raises:
        DataUnavailable: a file is on no mirror, or none can be reached.
    """
    for name, sha256 in sums.items():
        _fetch(name, sha256, cache, mirrors, timeout)


def _fetch(name: str, sha256: str, cache: Path, mirrors: Sequence[str], timeout: float) -> None:
    import pooch  # type: ignore[import-untyped]  # not needed with --data

    failures = []
    for mirror in mirrors:
        url = f"{mirror}{name}.gz"
        download = partial(_download_unpacked, timeout=timeout)
        try:
            pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=cache, downloader=download)
            return
        except (OSError, ValueError) as error:  # OSError: of the network or the disk
            logger.warning("%s: %s", url, error)
            failures.append(f"{mirror}: {type(error).__name__}")
    raise DataUnavailable(f"could not download {name} ({', '.join(failures)}); {WHAT_TO_DO}")


def _download_unpacked(url: str, output_file: str, _pooch: object, *, timeout: float) -> None:
    """Download a file for pooch and unpack it: pooch compares the sum of the unpacked bytes."""
    import pooch

    pooch.HTTPDownloader(progressbar=True, timeout=timeout)(url, output_file, None)
    path = Path(output_file)
    path.write_bytes(unpacked(path))


def unpacked(path: Path) -> bytes:
    """Return a file's bytes, decompressed if the first bytes are those of gzip.

    Raises:
        ValueError: the gzip data are broken.
    """
    content = path.read_bytes()
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: broken or truncated gzip ({error})") from error
