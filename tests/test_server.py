"""The server starts where it can, and says in one sentence why it does not."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import torch

from app.model.device import choose_device
from app.server import private_uploads, requested_port
from tests.paths import ROOT
from tests.serving import serving


def failed_start(**environment: str) -> str:
    """Return what `python app.py` prints as its error, after it ended with exit code 2."""
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize("device", ["cuda", "mps", "gpu"])
def test_a_device_that_is_missing_is_refused(device: str) -> None:
    found = torch.accelerator.current_accelerator(check_available=True)
    if found is not None and found.type == device:
        pytest.skip(f"this machine has {device}")
    with pytest.raises(ValueError, match=f"got {device}"):
        choose_device(device)


def test_a_device_that_is_missing_prevents_the_start() -> None:
    assert "got gpu" in failed_start(DEVICE="gpu")


def test_a_taken_port_is_not_replaced_by_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} is taken" in failed_start(GRADIO_SERVER_PORT=str(port))


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "²"])
def test_what_is_not_a_port_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    with pytest.raises(ValueError, match="expected GRADIO_SERVER_PORT to be 1 to 65535"):
        requested_port()


def test_uploads_have_a_folder_that_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    with private_uploads():
        folder = Path(os.environ["GRADIO_TEMP_DIR"])
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    assert "GRADIO_TEMP_DIR" not in os.environ


def test_a_folder_for_uploads_that_was_chosen_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "chosen")
    with private_uploads():
        assert os.environ["GRADIO_TEMP_DIR"] == "chosen"


def test_it_starts_behind_a_proxy_and_sends_its_page_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(tmp_path) as address, httpx.Client(trust_env=False) as client:
        for encoding in ("br", "gzip"):
            response = client.get(address, headers={"Accept-Encoding": encoding}, timeout=60)
            assert response.headers["content-encoding"] == encoding
            assert response.num_bytes_downloaded < 80_000
            assert response.text.rstrip().endswith("</html>")
