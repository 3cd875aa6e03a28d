"""The real server, as a process; the real data, where it is."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parent.parent

# One thread each: the tests' batches are small, and the server under test needs a core of its own.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `python app.py`, started as a visitor would start it."""
    log = tmp_path_factory.mktemp("server") / "log"
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(_free_port()), "PYTHONUNBUFFERED": "1"}
    environment["GRADIO_TEMP_DIR"] = str(tmp_path_factory.mktemp("uploads"))
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        yield _address(process, log)
        process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _address(process: "subprocess.Popen[str]", log: Path) -> str:
    """Reads the server's output until it says where it listens."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://[\d.]+:\d+", line):
            return found.group()
    raise RuntimeError(f"the app did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def mnist() -> Path:
    """The folder of the real data; tests that need it skip where MNIST_DIR is not set."""
    folder = os.environ.get("MNIST_DIR")
    if not folder:
        pytest.skip("set MNIST_DIR to the folder of the four MNIST files")
    return Path(folder)
