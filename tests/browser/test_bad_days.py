"""A visitor whose network or server goes away for a while loses nothing."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.pictures import open_tab
from tests.browser.test_page import TABS


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "Reconstruct"])
def test_a_tab_that_was_opened_offline_mounts_when_the_network_is_back(
    browser: Browser, server: str, tab: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(server)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    context.set_offline(True)
    open_tab(page, tab)
    waiting = page.locator(".live[data-waiting='connection']").filter(visible=True)
    expect(waiting.first).to_be_visible()
    context.set_offline(False)
    expect(waiting).to_have_count(0)
    expect(page.locator(".live[inert]").filter(visible=True)).to_have_count(0)
    for elem_id in TABS[tab]:
        expect(page.locator(f"#{elem_id}")).to_be_visible()
    context.close()
