"""What those need who do not see the page, or do not use a pointer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import open_tab
from tests.browser.axe import OF_COLORS, findings
from tests.browser.test_page import TABS
from tests.browser.test_reconstruct import TERMS, settle

# The rules to check: all in the first theme, in the second those that depend on it.
THEMES = {"light": None, "dark": OF_COLORS}

# axe walks through the whole document for each stage, hidden tabs included.
REMOVE_HIDDEN_TABS = """document.querySelectorAll(".tabitem").forEach(
  (tab) => tab.checkVisibility() || tab.remove())"""


def views(page: Page) -> Iterator[None]:
    """Open all panels of a tab, or one stage after the other; yield when all is in place."""
    panels = page.locator("details.panel").filter(visible=True)
    # By its name, each panel would close the one before.
    panels.evaluate_all("panels => panels.forEach((panel) => panel.removeAttribute('name'))")
    closed = page.locator("details.panel:not([open]) > summary").filter(visible=True)
    for summary in closed.all()[::-1]:  # from the last, as only those still closed are counted
        summary.click()
    stages: list[Locator | None] = [
        *page.locator("#slow-pass [data-stage]").filter(visible=True).all()
    ]
    if stages:
        page.evaluate(REMOVE_HIDDEN_TABS)
    for stage in stages or [None]:
        if stage:
            stage.click()
        expect(page.locator(".live[inert]").filter(visible=True)).to_have_count(0)
        yield


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(page: Page, server: str, theme: str) -> None:
    page.goto(f"{server}/?__theme={theme}")
    settle(page)
    page.emulate_media(reduced_motion="reduce")  # what fades in has no contrast yet
    found = []
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(f"#{TABS[tab][0]}")).to_be_visible()
        if tab == "Reconstruct":
            expect(page.locator("#small-map .map-mu")).to_be_visible()
            page.get_by_role("button", name="Details").click()
        if tab == "Latent map":
            expect(page.locator("#latent-map .map-wait")).to_be_hidden(timeout=60_000)
        within = None  # the whole page, then only the stages
        for _ in views(page):
            found += [f"{tab}: {line}" for line in findings(page, within, THEMES[theme])]
            within = "#slow-pass"
    assert not found, "\n".join(sorted(set(found)))


def test_axe_finds_nothing_in_presentation_mode(page: Page, server: str) -> None:
    page.goto(f"{server}/#present=1")  # in the same colors
    settle(page)
    expect(page.locator("html[data-present]")).to_have_count(1)
    page.emulate_media(reduced_motion="reduce")
    found = []
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(f"#{TABS[tab][0]}")).to_be_visible()
        expect(page.locator(".live[inert]").filter(visible=True)).to_have_count(0)
        found += [f"{tab}: {finding}" for finding in findings(page)]
    assert not found, "\n".join(sorted(set(found)))


def test_arrow_keys_choose_model_and_tab(page: Page) -> None:
    settle(page)
    page.keyboard.press("Tab")
    page.locator("#model input").first.focus()
    page.keyboard.press("ArrowRight")
    second = page.locator("#model input").nth(1)
    expect(second).to_be_focused()
    expect(second).to_be_checked()
    expect(second.locator("..")).to_have_css("outline-style", "solid")
    page.get_by_role("tab", name="Reconstruct").focus()
    for key, tab in (("ArrowRight", "Sample"), ("End", "How it works"), ("Home", "Reconstruct")):
        page.keyboard.press(key)
        opened = page.get_by_role("tab", name=tab, exact=True, selected=True)
        expect(opened.filter(visible=True)).to_be_focused()


def test_the_answer_is_read_out_when_the_drawing_rests(page: Page) -> None:
    settle(page)
    expect(page.locator("#elbo [role=status]")).to_have_text(TERMS)
    page.get_by_role("button", name="Clear").first.click()
    expect(page.locator("#elbo [role=status]")).to_have_text("Nothing drawn yet")


def test_the_bar_has_colors_where_the_system_chooses_them(page: Page) -> None:
    settle(page)
    page.emulate_media(forced_colors="active")
    for part in ("reconstruction", "kl"):
        shown = page.locator(f"#elbo > * .part.{part}").first
        expect(shown).to_have_css("forced-color-adjust", "none")
    page.emulate_media(forced_colors="none")
