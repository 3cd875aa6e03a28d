"""Terms that explain themselves: by click, touch and keyboard, within the window."""

import pytest
from playwright.sync_api import ElementHandle, Locator, Page, expect

from app.components.glossary import read_glossary
from tests.browser.actions import expect_no_sideways_scroll, open_tab
from tests.browser.axe import findings
from tests.browser.test_accessibility import THEMES
from tests.browser.test_page import TABS
from tests.browser.test_reconstruct import draw, settle

GLOSSARY = read_glossary()


# A popover follows a term that moves, as when a tab loads, a frame later. Such a term may leave the
# window: a visitor scrolls to it.
IS_NEAR = """term => {
  term.scrollIntoView({ block: "nearest" });
  const [shown, anchor] = [document.querySelector(".meaning:popover-open"), term]
    .map((one) => one.getBoundingClientRect());
  const apart = Math.min(Math.abs(shown.bottom - anchor.top), Math.abs(shown.top - anchor.bottom));
  return apart < 1 && shown.left >= 0 && shown.right <= innerWidth
    && shown.top >= 0 && shown.bottom <= innerHeight;
}"""


def meaning(page: Page) -> Locator:
    """Return the open popover."""
    return page.locator(".meaning:popover-open")


def expect_meaning_in_window(page: Page, term: ElementHandle) -> None:
    """Assert that the open popover explains `term`, is near it and does not leave the window."""
    key = (term.get_attribute("popovertarget") or "").removeprefix("term-")
    expect(meaning(page)).to_have_text(f"{GLOSSARY[key].term}: {GLOSSARY[key].meaning}")
    page.wait_for_function(IS_NEAR, arg=term)


def test_each_term_of_a_tab_shows_its_meaning_within_a_phone(phone: Page) -> None:
    settle(phone)
    for tab in TABS:
        open_tab(phone, tab)
        terms = phone.locator(".term").filter(visible=True)
        expect(phone.locator(".live[inert]").filter(visible=True)).to_have_count(0)
        expect(terms, tab).not_to_have_count(0)
        for term in [term.element_handle() for term in terms.all()]:
            term.tap()
            expect_meaning_in_window(phone, term)
            phone.keyboard.press("Escape")
            expect(meaning(phone)).to_have_count(0)
        expect_no_sideways_scroll(phone)


def test_a_term_is_a_button_of_its_name_that_the_keyboard_opens_and_closes(page: Page) -> None:
    settle(page)
    term = page.get_by_role("button", name="binarized", exact=True).filter(visible=True)
    term.focus()
    page.keyboard.press("Enter")
    expect_meaning_in_window(page, term.element_handle())
    page.keyboard.press("Escape")
    expect(meaning(page)).to_have_count(0)
    expect(term).to_be_focused()


def test_a_meaning_stays_open_when_the_numbers_next_to_its_term_change(page: Page) -> None:
    settle(page)
    term = page.locator("#elbo .sum .term").first
    number = page.locator("#elbo .total")
    before = number.inner_text()
    term.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Start from a ready 7").first.evaluate("one => one.click()")
    expect(number).not_to_have_text(before)
    expect_meaning_in_window(page, term.element_handle())
    draw(page, (0.3, 0.5), (0.7, 0.5))  # elsewhere on the page
    expect(meaning(page)).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_an_open_meaning(page: Page, server: str, theme: str) -> None:
    page.goto(f"{server}/?__theme={theme}")
    settle(page)
    within = None  # the whole page, then only the meaning
    for term in page.locator(".term").filter(visible=True).all():
        term.click()
        expect(meaning(page)).to_be_visible()
        assert findings(page, within, THEMES[theme]) == []
        within = ".meaning:popover-open"
        page.keyboard.press("Escape")
