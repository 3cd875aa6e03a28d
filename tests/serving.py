"""A script that serves a page, as a process: for the tests and for the benchmark."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.paths import ROOT


class Server(str):
    """The address of a server, and its process."""

    process: "subprocess.Popen[str]"


@contextmanager
def serving(
    folder: Path, *command: str, port: int | None = None, root: Path = ROOT, **environment: str
) -> Iterator[Server]:
    """Start `python COMMAND` (default: app.py) in `root`; yield its address.

    Args:
        folder: of its log and its uploads.
        command: the arguments of Python.
        port: where it listens; default a free one.
        root: the checkout.
        environment: further variables.
    """
    log = folder / "log"
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port or free_port()),
        "PYTHONUNBUFFERED": "1",
        **environment,
    }
    environment["GRADIO_TEMP_DIR"] = str(folder / "uploads")
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, *(command or ("app.py",))],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            server = Server(_address(process, log))
            server.process = process
            yield server
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _address(process: "subprocess.Popen[str]", log: Path) -> str:
    """Read the server's output up to its address, and return it."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://[\d.]+:\d+", line):
            return found.group()
    raise RuntimeError(f"the app did not start:\n{log.read_text()}")
