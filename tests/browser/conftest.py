"""The real page in a real Chromium; every page must end without an error in its console."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",  # as with a window: letters keep their widths
]
# The same engine without a window takes a quarter less processor time; not every system has it.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
expect.set_options(timeout=20_000)  # a machine may be busy; what holds is seen at once all the same


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium on the PATH, headless."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Drives Debian's Chromium. Without one the browser tests skip; in CI they must run."""
    if CHROMIUM is None:
        reason = "no chromium on the PATH: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """For tests that need windows of their own."""
    with launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def desktop(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Open a lecturer's window. All tests share it, since the page stores nothing."""
    profile = tmp_path_factory.mktemp("desktop")
    with window(playwright, profile, width=1440, height=900) as context:
        yield context


@pytest.fixture(scope="session")
def mobile(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Open a phone's window with a touch screen."""
    profile = tmp_path_factory.mktemp("mobile")
    with window(playwright, profile, width=390, height=844, touch=True) as context:
        yield context


def window(
    playwright: Playwright, profile: Path, *, width: int, height: int, touch: bool = False
) -> BrowserContext:
    """Open a browser with a profile on disk, so that pages share compiled scripts."""
    return playwright.chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        args=FLAGS,
        viewport={"width": width, "height": height},
        has_touch=touch,
    )


@pytest.fixture
def page(desktop: BrowserContext, server: str) -> Iterator[Page]:
    """Open the running app at a lecturer's width."""
    with visit(desktop, server) as page:
        yield page


@pytest.fixture
def phone(mobile: BrowserContext, server: str) -> Iterator[Page]:
    """Open the running app on a phone."""
    with visit(mobile, server) as page:
        yield page


@contextmanager
def visit(context: BrowserContext, address: str) -> Iterator[Page]:
    """Open a new page at `address`; fail at its end on errors and on requests to other hosts."""
    page = context.new_page()
    origin = "{0.scheme}://{0.netloc}/".format(urlsplit(address))
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((origin, "data:", "blob:"))
            else problems.append(f"asked an outside host: {request.url}")
        ),
    )
    page.goto(address)
    page.locator("#tabs").wait_for()
    yield page
    page.close()
    context.clear_permissions()
    assert not problems, problems
