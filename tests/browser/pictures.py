"""What the browser tests ask of the page: its tabs, and the grey levels on its canvases."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

Grey = NDArray[np.uint8]

GREY_LEVELS = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let grey = "";
  for (let row = 0; row < height; row++) {
    const reds = Array.from({ length: width }, (_, x) => data[4 * (row * width + x)]);
    grey += String.fromCharCode(...reds);
  }
  return { width, height, grey: btoa(grey) };
}"""


def open_tab(page: Page, name: str) -> None:
    """Opens a tab; on a narrow page it may lie behind the button with the three dots.

    It may also be put there while it is looked for: which of the two to click is asked until the
    click.
    """
    tab = page.get_by_role("tab", name=name, exact=True).filter(visible=True)
    more = page.locator(".overflow-menu > button").filter(visible=True)
    tab.or_(more).first.click()
    item = page.locator(".overflow-dropdown button", has_text=name).filter(visible=True)
    opened = page.get_by_role("tab", name=name, exact=True, selected=True).filter(visible=True)
    expect(opened.or_(item).first).to_be_visible()
    if item.count():
        item.first.click()


def grey(canvas: Locator) -> Grey:
    """A canvas's own pixels, (H, W)."""
    shown = canvas.evaluate(GREY_LEVELS)
    levels = np.frombuffer(base64.b64decode(shown["grey"]), np.uint8)
    return levels.reshape(shown["height"], shown["width"])


def saved(page: Page, button: Locator) -> Image.Image:
    """The picture that a button offers as a file."""
    with page.expect_download() as download:
        button.click()
    return Image.open(BytesIO(download.value.path().read_bytes()))


def set_range(slider: Locator, value: float) -> None:
    """Moves a slider as a pointer does."""
    slider.evaluate(
        """(input, value) => {
          input.value = value;
          input.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        value,
    )


def expect_no_sideways_scroll(page: Page) -> None:
    """The page is no wider than its window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator("#notice.shown")).to_have_count(0)
