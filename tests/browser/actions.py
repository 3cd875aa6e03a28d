"""Helpers of the browser tests: open tabs, read the gray levels on canvases."""

import base64
from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

Gray = NDArray[np.uint8]

GRAY_LEVELS = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let gray = "";
  for (let row = 0; row < height; row++) {
    const reds = Array.from({ length: width }, (_, x) => data[4 * (row * width + x)]);
    gray += String.fromCharCode(...reds);
  }
  return { width, height, gray: btoa(gray) };
}"""


def open_tab(page: Page, name: str) -> None:
    """Open a tab; on a narrow page it may be behind the button with the three dots.

    Gradio may move it there at any time, so the choice between the two is made at the click.
    """
    tab = page.get_by_role("tab", name=name, exact=True).filter(visible=True)
    more = page.locator(".overflow-menu > button").filter(visible=True)
    tab.or_(more).first.click()
    item = page.locator(".overflow-dropdown button", has_text=name).filter(visible=True)
    opened = page.get_by_role("tab", name=name, exact=True, selected=True).filter(visible=True)
    expect(opened.or_(item).first).to_be_visible()
    if item.count():
        item.first.click()


def gray(canvas: Locator) -> Gray:
    """Return a canvas's gray levels, (H, W)."""
    shown = canvas.evaluate(GRAY_LEVELS)
    levels = np.frombuffer(base64.b64decode(shown["gray"]), np.uint8)
    return levels.reshape(shown["height"], shown["width"])


def gray_when(canvas: Locator, holds: Callable[[Gray], bool]) -> Gray:
    """Return a canvas's gray levels once a condition on them holds."""
    for _ in range(200):
        levels = gray(canvas)
        if holds(levels):
            return levels
        canvas.page.wait_for_timeout(50)
    raise AssertionError("the image on the canvas did not become as expected")


def changed(canvas: Locator, before: Gray) -> Gray:
    """Return a canvas's gray levels once they differ from `before`."""
    return gray_when(canvas, lambda levels: not np.array_equal(levels, before))


def saved(page: Page, button: Locator) -> Image.Image:
    """Return the image that a button offers as a file."""
    with page.expect_download() as download:
        button.click()
    return Image.open(BytesIO(download.value.path().read_bytes()))


def set_range(slider: Locator, value: float) -> None:
    """Move a slider like a pointer."""
    slider.evaluate(
        """(input, value) => {
          input.value = value;
          input.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        value,
    )


def expect_no_sideways_scroll(page: Page) -> None:
    """Assert that the page is at most as wide as its window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator("#notice.shown")).to_have_count(0)
