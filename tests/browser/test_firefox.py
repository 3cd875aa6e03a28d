"""Firefox opens every tab, draws, samples, scrubs and points at the map."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.firefox import Firefox, running
from tests.browser.test_page import TABS


@pytest.fixture
def firefox(server: str, tmp_path: Path) -> Iterator[Firefox]:
    """Open the page in Debian's Firefox."""
    binary = shutil.which("firefox-esr")
    if binary is None:
        pytest.skip("no firefox-esr on the PATH: apt-get install firefox-esr")
    with running(binary, tmp_path) as window:
        window.open(server)
        window.wait_for("document.querySelector('#elbo .total')?.textContent")
        window.wait_for("!document.querySelector('#first-view')")  # Gradio's tabs are there
        yield window
        assert window.problems == []


def open_tab(firefox: Firefox, name: str) -> None:
    """Open a tab and wait for what programs look for in it."""
    tabs = "[...document.querySelectorAll('[role=tab]')]"
    firefox.evaluate(
        f"{tabs}.find((tab) => tab.checkVisibility() && tab.innerText === {json.dumps(name)})"
        ".click()"
    )
    for elem_id in TABS[name]:
        firefox.wait_for(f"document.getElementById({json.dumps(elem_id)})?.checkVisibility()")
    inert = "[...document.querySelectorAll('.live[inert]')]"
    firefox.wait_for(f"!{inert}.some((element) => element.checkVisibility())")


def look(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})?.toDataURL()"


def test_every_tab_works_in_firefox(firefox: Firefox) -> None:
    def changes(canvas: str, before: str) -> None:
        firefox.wait_for(f"{look(canvas)} !== {json.dumps(before)}")

    before = firefox.evaluate(look("#reconstruction canvas"))
    firefox.point("#pad canvas", (-60, 0), (0, 0), (60, 0), press=True)
    changes("#reconstruction canvas", before)

    open_tab(firefox, "Sample")
    firefox.wait_for(look("#sample-grid canvas"))
    before = firefox.evaluate(look("#sample-grid canvas"))
    firefox.click("#sample-button")
    changes("#sample-grid canvas", before)

    open_tab(firefox, "Interpolate")
    preview = "#interpolation-preview-decoded canvas"
    firefox.wait_for(look(preview))
    before = firefox.evaluate(look(preview))
    firefox.point("#scrub input", (-100, 0), (100, 0), press=True)
    changes(preview, before)

    open_tab(firefox, "Latent map")
    firefox.wait_for("!document.querySelector('#latent-map .map-wait')?.checkVisibility()")
    firefox.point("#latent-map", (-40, 0), (0, 0))
    firefox.wait_for(look("#decoded canvas"))
    before = firefox.evaluate(look("#decoded canvas"))
    firefox.point("#latent-map", (60, 60))
    changes("#decoded canvas", before)

    for name in ("Compare", "Objective", "How it works"):
        open_tab(firefox, name)
