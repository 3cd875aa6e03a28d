"""A visitor whose network or server goes away for a while loses nothing."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.actions import open_tab, set_range
from tests.browser.test_linked_state import link_of, wait_for_store
from tests.browser.test_page import TABS
from tests.serving import free_port, serving


def test_a_tab_that_was_opened_offline_mounts_when_the_network_is_back(
    browser: Browser, server: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(server)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    expect(page.locator("#first-view")).to_have_count(0)
    for tab in [tab for tab in TABS if tab != "Reconstruct"]:
        page.wait_for_load_state("networkidle")
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


class Question(NamedTuple):
    """What a visitor of a tab asks of the server, and the element that shows the answer."""

    answer: str
    ask: Callable[[Page], None]


def click(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).click()


def corrupt_more(page: Page) -> None:
    set_range(page.get_by_label("Share of the image, slider"), 0.6)


def lower_lambda(page: Page) -> None:
    page.get_by_role("slider", name="λ, among the trained models").press("ArrowLeft")


def point_at_the_map(page: Page) -> None:
    plane = page.locator("#latent-map")
    plane.scroll_into_view_if_needed()
    plane.hover()


def draw_epsilon(page: Page) -> None:
    page.locator("#slow-pass [data-stage=z]").click()
    page.locator("#slow-pass [data-action=draw]").click()


QUESTIONS = {
    "Reconstruct": Question("#reconstruction canvas", click("#pad .examples button >> nth=5")),
    "Sample": Question("#sample-grid canvas", click("#sample-button")),
    "Interpolate": Question(
        "#interpolation-preview-decoded canvas",
        click("#interpolate-b-pad .examples button >> nth=5"),
    ),
    "Latent map": Question("#decoded canvas", point_at_the_map),
    "Compare": Question("#compare_panels [data-model=vae] canvas >> nth=0", corrupt_more),
    "Objective": Question("#objective-samples canvas", lower_lambda),
    "How it works": Question("#slow-pass [data-stage=reconstruction]", draw_epsilon),
}
LOOK = "element => element.toDataURL?.() ?? element.textContent"


@pytest.fixture(scope="module")
def interrupted(
    desktop: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Page, str]]]:
    """Open a page for each tab, kill the server, ask, and start it again.

    Yield each tab's page and how the element of the answer looked before.
    """
    port, folder = free_port(), tmp_path_factory.mktemp("killed")
    pages: dict[str, tuple[Page, str]] = {}
    with serving(folder, port=port) as server:
        for tab, question in QUESTIONS.items():
            page = desktop.new_page()
            page.goto(server)
            expect(page.locator("#elbo .total")).not_to_be_empty()
            expect(page.locator("#first-view")).to_have_count(0)
            expect(page.locator("#connection")).to_be_hidden()
            open_tab(page, tab)
            if tab == "Latent map":  # the decoder of the other model is in the page
                page.get_by_role("radio", name="vae-32d").check()
                wait_for_store(page, "get('about')?.name === 'vae-32d'")
                expect(page.locator(".map-wait")).to_be_hidden(timeout=60_000)
                expect(page.locator(".map-stale")).to_have_count(0)
            shown = page.locator(question.answer)
            expect(shown).to_be_visible()
            expect(page.locator(".live[data-waiting]").filter(visible=True)).to_have_count(0)
            page.wait_for_load_state("networkidle")
            pages[tab] = page, shown.evaluate(LOOK)
        server.process.kill()
    for tab, (page, _) in pages.items():
        QUESTIONS[tab].ask(page)
        expect(page.locator("#connection")).to_contain_text("No connection to the server")
    with serving(folder, port=port):
        yield pages
        for page, _ in pages.values():
            page.close()


@pytest.mark.parametrize("tab", QUESTIONS)
def test_a_server_that_was_killed_and_started_again_answers_what_was_asked_meanwhile(
    interrupted: dict[str, tuple[Page, str]], tab: str
) -> None:
    page, before = interrupted[tab]
    expect(page.locator("#connection")).to_be_hidden()
    shown = page.locator(QUESTIONS[tab].answer)
    page.wait_for_function(
        f"([element, before]) => ({LOOK})(element) !== before",
        arg=[shown.element_handle(), before],
    )


def test_a_page_that_goes_offline_before_gradio_has_started_is_complete_afterwards(
    browser: Browser, server: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.route("**/assets/*.js", lambda route: route.abort())
    page.goto(server)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    expect(page.locator("#first-view[data-waiting]")).to_have_count(1)
    page.unroute("**/assets/*.js")
    open_tab(page, "Sample")
    expect(page.locator("#first-view")).to_have_count(0)
    expect(page.locator("#sample-grid canvas")).to_be_visible()
    context.close()


def test_a_model_chosen_offline_can_be_shared_when_the_network_is_back(
    browser: Browser, server: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(server)
    expect(page.get_by_role("button", name="Copy link")).to_be_enabled()
    context.set_offline(True)
    page.get_by_role("radio", name="vae-32d").check()
    expect(page.locator("#connection")).to_contain_text("No connection to the server")
    page.get_by_role("button", name="Copy link").click(trial=True)  # nothing covers it
    context.set_offline(False)
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator("#elbo .total")).not_to_be_empty()
    assert link_of(page) == f"{server}/#model=vae-32d"
    context.close()
