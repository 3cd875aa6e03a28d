"""Every tab and panel in every width of window: nothing cut off, overlapping or too small."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.actions import open_tab
from tests.browser.test_reconstruct import box, settle

LAYOUT = (Path(__file__).parent / "layout.js").read_text()
WIDTHS = (360, 390, 641, 700, 820, 1000, 1100, 1280, 1366, 1440, 1920, 2560)
TABS = ("Reconstruct", "Sample", "Interpolate", "Latent map", "Compare", "Objective")


def resize(page: Page, width: int, height: int = 900) -> None:
    """Resize the window, and wait two frames for the page to follow."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def expect_sound_layout(page: Page, where: str) -> None:
    """Wait until no layout fault is left at any of the widths."""
    for width in WIDTHS:
        resize(page, width)
        for _ in range(20):
            wrong = page.evaluate(LAYOUT)
            if not wrong:
                break
            page.wait_for_timeout(100)
        assert not wrong, f"{where} at {width} px: {wrong}"
    resize(page, 1440)


@pytest.mark.parametrize("tab", TABS)
def test_nothing_is_cut_off_at_any_width(page: Page, tab: str) -> None:
    settle(page)
    open_tab(page, tab)
    if tab == "Reconstruct":
        page.get_by_role("button", name="Details").click()
        page.locator("#latent-sliders").scroll_into_view_if_needed()
        expect(page.locator("#latent-sliders .strip").first).to_be_visible()
    if tab == "Latent map":
        expect(page.locator("#latent-map .map-wait")).to_be_hidden(timeout=60_000)
    panels = page.locator(f"#{tab.lower()}_panels details.panel")
    for panel in panels.all():
        if panel.get_attribute("open") is None:
            panel.locator("> summary").click()
        expect_sound_layout(page, f"{tab}, {panel.get_attribute('data-panel')}")
    if panels.count() == 0:
        expect_sound_layout(page, tab)


def test_no_stage_is_cut_off_at_any_width(page: Page) -> None:
    settle(page)
    open_tab(page, "How it works")
    expect(page.locator("#slow-pass .pass.filled")).to_be_visible()
    for stage in ("x", "mu", "z", "reconstruction", "elbo", "reparameterized_gradient"):
        page.locator(f"#slow-pass [data-stage={stage}]").click()
        expect_sound_layout(page, f"How it works, {stage}")


SIZES = [(1366, 640), (1440, 760), (1920, 940), (640, 800), (600, 700), (390, 700)]


def test_the_answer_is_above_the_fold(page: Page) -> None:
    settle(page)
    for width, height in SIZES:
        resize(page, width, height)
        for selector in ("#pad .paper", "#seen canvas", "#reconstruction canvas", "#elbo .scale"):
            assert box(page, selector)["bottom"] <= height, (selector, width)


def test_the_answer_is_above_the_fold_below_the_lesson(page: Page, server: str) -> None:
    resize(page, 1366, 768)
    page.goto(f"{server}/#lesson=terms")
    settle(page)
    expect(page.locator(".lesson h2").filter(visible=True)).to_be_in_viewport()
    assert box(page, "#elbo .scale")["bottom"] <= 768


def test_at_twice_the_size_the_images_are_still_images(browser: Browser, server: str) -> None:
    """Zoomed to 200 %, a window of 1366 x 768 has half as many CSS pixels, each of them two."""
    context = browser.new_context(
        viewport={"width": 683, "height": 384}, device_scale_factor=2, color_scheme="dark"
    )
    page = context.new_page()
    page.goto(server)
    settle(page)
    assert not page.evaluate(LAYOUT)
    for selector in ("#seen canvas", "#reconstruction canvas"):
        assert box(page, selector)["width"] >= 140
    context.close()
