"""The page lives behind a TLS proxy, under a sub-path and in a checkout with an odd path."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.actions import open_tab
from tests.paths import ROOT
from tests.serving import serving

NAMES = 'a #1 b?c %20 "d"'  # of a folder; each character has a meaning in a URL or in HTML


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a self-signed certificate and its key in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on the PATH")
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*command, "-keyout", file, "-out", file], check=True, capture_output=True)
    return file


@contextmanager
def tls_proxy(folder: Path, server: str, certificate: Path, sub_path: str = "") -> Iterator[str]:
    """Start a TLS proxy in front of a server; yield its address."""
    folder.mkdir()
    target = server.rpartition(":")[2]
    command = ("-m", "tests.tls_proxy", str(certificate), target, sub_path)
    with serving(folder, *command) as address:
        yield f"{address.replace('http:', 'https:')}{sub_path}/"


def assert_lives(browser: Browser, address: str) -> None:
    """Assert that the page at an address encodes, opens a tab and logs no error."""
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    open_tab(page, "Sample")
    expect(page.locator("#sample-grid canvas")).to_be_visible()
    open_tab(page, "Latent map")
    expect(page.locator("#latent-map .main-svg").first).to_be_visible()
    context.close()
    assert not problems


def test_the_page_lives_behind_a_tls_proxy_that_does_not_name_its_protocol(
    browser: Browser, server: str, certificate: Path, tmp_path: Path
) -> None:
    with tls_proxy(tmp_path / "proxy", server, certificate) as address:
        assert_lives(browser, address)


def test_the_page_lives_under_a_sub_path_in_a_checkout_with_an_odd_path(
    browser: Browser, tmp_path: Path, certificate: Path
) -> None:
    checkout = tmp_path / NAMES
    checkout.mkdir()
    for name in ("app", "app.py"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, checkout / name)
    (checkout / "weights").symlink_to(ROOT / "weights")
    with (
        serving(tmp_path, root=checkout, GRADIO_ROOT_PATH="/vae") as server,
        tls_proxy(tmp_path / "proxy", server, certificate, "/vae") as address,
    ):
        assert_lives(browser, address)
