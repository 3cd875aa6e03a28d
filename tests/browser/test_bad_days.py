"""A visitor whose network or server goes away for a while loses nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.pictures import open_tab
from tests.browser.test_page import TABS
from tests.serving import free_port, serving


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


def test_a_server_that_comes_back_answers_what_was_asked_meanwhile(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    line, total = page.locator("#connection"), page.locator("#elbo .total")
    with serving(tmp_path, port=port) as address:
        page.goto(address)
        expect(total).not_to_be_empty()
        expect(line).to_be_hidden()
    page.get_by_role("radio", name="vae-32d").check()
    expect(line).to_contain_text("No connection to the server")
    with serving(tmp_path, port=port):
        line.get_by_role("button", name="Retry now").click()
        expect(line).to_be_hidden()
        expect(total).not_to_be_empty()
        open_tab(page, "Sample")
        expect(page.locator("#sample-grid canvas")).to_be_visible()
    context.close()
