"""Images that can be clicked say so: to the pointer, to the keyboard and to a screen reader."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import open_tab
from tests.browser.test_reconstruct import settle

# The images of each tab that open a menu, and how many there are at least.
WITH_MENU = {
    "Reconstruct": ("canvas.has-menu", 2 + 8 + 1),
    "Sample": (".tile.has-menu", 1),
    "Interpolate": ("canvas.has-menu", 2),
    "Latent map": ("canvas.has-menu", 1),
    "Objective": (".has-menu", 1 + 2 + 1),
}


def expect_outline(image: Locator) -> None:
    """Assert that the pointer and the focus are visible on an image."""
    image.scroll_into_view_if_needed()
    image.hover()
    expect(image).to_have_css("cursor", "pointer")
    expect(image).not_to_have_css("box-shadow", "none")
    image.page.keyboard.press("Tab")  # the focus that a key gives is visible
    image.focus()
    expect(image).to_have_css("outline-style", "solid")


def test_an_image_with_a_menu_says_so(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Details").click()
    for tab, (selector, least) in WITH_MENU.items():
        open_tab(page, tab)
        images = page.locator(selector).filter(visible=True)
        expect(images.nth(least - 1)).to_be_visible()
        for image in images.all():
            expect(image).to_have_attribute("aria-label", re.compile(r"\w"))
            expect(image).to_have_attribute("aria-haspopup", "menu")
            expect(image).to_have_attribute("title", re.compile("^Open a menu"))
            expect(image).to_have_js_property("tabIndex", 0)
        expect_outline(images.first)


def test_a_line_says_what_a_click_does(page: Page) -> None:
    settle(page)
    for tab in ("Reconstruct", "Sample", "Interpolate", "Latent map"):
        open_tab(page, tab)
        line = page.get_by_text(re.compile("Click (an|a|or)")).filter(visible=True)
        expect(line).not_to_have_count(0)


def test_frames_of_the_strip_show_that_they_can_be_clicked(page: Page) -> None:
    settle(page)
    open_tab(page, "Interpolate")
    frame = page.locator("#filmstrip .frame").nth(2)
    expect(frame).to_have_attribute("title", re.compile("^Go to this image"))
    frame.hover()
    expect(frame).to_have_css("outline-style", "solid")
    expect(frame).to_have_css("cursor", "pointer")
