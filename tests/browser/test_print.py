"""A printed tab is a clean page: light, without controls, and with nothing cut off."""

from playwright.sync_api import Page, expect

from tests.browser.actions import open_tab
from tests.browser.test_page import TABS
from tests.browser.test_reconstruct import settle
from tests.browser.test_widths import LAYOUT, resize

PAPER = 718, 1047  # CSS pixels of A4 within margins of 1 cm
# What can be pressed, except terms, images, stages, and values of a scale or a legend.
CONTROLS = """() => [...document.querySelectorAll("button, input[type=range], [role=tab]")]
  .filter((one) => one.checkVisibility() && one.clientWidth > 0)
  .filter((one) => !one.matches(".term, .stage, .tile, .frame, .visually-hidden *"))
  .filter((one) => !one.matches(".legend *, .map-legend *, .stops *"))
  .map((one) => one.textContent.trim())"""


def test_a_tab_prints_without_controls_on_light_paper(page: Page, server: str) -> None:
    page.goto(f"{server}/?__theme=dark")
    settle(page)
    window = page.viewport_size
    assert window is not None
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(f"#{TABS[tab][0]}")).to_be_visible()
        if tab == "Latent map":
            expect(page.locator("#latent-map .map-wait")).to_be_hidden(timeout=60_000)
        expect_clean_print(page, tab)
        resize(page, window["width"], window["height"])


def expect_clean_print(page: Page, tab: str) -> None:
    resize(page, *PAPER)
    page.emulate_media(media="print")
    expect(page.locator("body.printing:not(.dark)")).to_be_visible()
    assert page.evaluate(CONTROLS) == [tab], "only the tab's name"
    expect(page.locator("#header h1")).to_be_visible()
    wrong = [text for text in page.evaluate(LAYOUT) if "for a finger" not in text]
    assert not wrong, (tab, wrong)
    page.emulate_media(media="screen")
    expect(page.locator("body.dark:not(.printing)")).to_be_visible()
