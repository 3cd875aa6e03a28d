"""How the page is shown: presentation mode, the theme, and parts that the address hides."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.actions import expect_no_sideways_scroll, open_tab
from tests.browser.conftest import visit
from tests.browser.test_accessibility import views
from tests.browser.test_linked_state import expect_tab, wait_for_store
from tests.browser.test_page import TABS
from tests.browser.test_reconstruct import settle

MIN_TYPE = 18  # pixels at 1920 px: to be read from the last row of a lecture hall
# Each visible text below the size, with its element. An SVG may be scaled by its viewBox.
SMALL_TYPE = """(least) => {
  const scaleOf = (svg) => {
    const { width } = svg?.viewBox?.baseVal ?? {};
    return width ? svg.getBoundingClientRect().width / width : 1;
  };
  const small = new Set();
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const element = nodes.currentNode.parentElement;
    const seen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!nodes.currentNode.data.trim() || !seen) continue;
    if (element.closest("script, style, .spoken, .announce")) continue;
    const range = document.createRange();
    range.selectNodeContents(nodes.currentNode);
    if (range.getBoundingClientRect().width < 2) continue;
    const size = parseFloat(getComputedStyle(element).fontSize) * scaleOf(element.closest("svg"));
    if (size < least - 0.01) {
      const { tagName, textContent } = element;
      small.add(`${size} px: ${tagName}.${element.getAttribute("class")} ${textContent.trim()}`);
    }
  }
  return [...small];
}"""


@pytest.fixture
def hall(desktop: BrowserContext, server: str) -> Iterator[Page]:
    """Open a presentation on a projector."""
    with visit(desktop, f"{server}/#present=1") as page:
        page.set_viewport_size({"width": 1920, "height": 1080})
        page.emulate_media(reduced_motion="reduce")  # what fades in would pass as hidden
        settle(page)
        expect(page.locator("html[data-present]")).to_have_count(1)
        yield page


def test_no_type_is_small_in_a_lecture_hall(hall: Page) -> None:
    for tab in TABS:
        open_tab(hall, tab)
        if tab == "Reconstruct":
            hall.get_by_role("button", name="Details").click()
            hall.locator("#latent-sliders").scroll_into_view_if_needed()
            expect(hall.locator("#latent-sliders .strip").first).to_be_visible()
        if tab == "Latent map":
            expect(hall.locator("#latent-map .map-wait")).to_be_hidden(timeout=60_000)
        for _ in views(hall):
            assert hall.evaluate(SMALL_TYPE, MIN_TYPE) == [], tab
            expect_no_sideways_scroll(hall)


def test_the_lesson_is_not_small_either(hall: Page) -> None:
    hall.get_by_role("button", name="Lesson").click()
    expect(hall.locator(".lesson")).to_be_visible()
    hall.locator(".lesson .contents summary").click()
    assert hall.evaluate(SMALL_TYPE, MIN_TYPE) == []
    hall.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(hall.locator("body.dark")).to_have_count(1)
    assert hall.evaluate(SMALL_TYPE, MIN_TYPE) == []


def test_the_button_and_a_key_present_and_escape_leaves(page: Page) -> None:
    settle(page)
    shown = page.locator("html[data-present]")
    page.get_by_role("button", name="Present").click()
    expect(shown).to_have_count(1)
    for part in ("#share", ".live-try-this", "#footer"):
        expect(page.locator(part).filter(visible=True)).to_have_count(0)
    page.wait_for_function("location.hash === '#present=1'")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("p")
    expect(shown).to_have_count(0)
    page.wait_for_function("location.hash === '' && document.fullscreenElement === null")
    page.keyboard.press("p")
    expect(shown).to_have_count(1)
    page.wait_for_function("document.fullscreenElement !== null")
    page.evaluate("document.exitFullscreen()")  # what Escape does, without a key for the page
    expect(shown).to_have_count(0)


def test_escape_leaves_without_the_full_screen(hall: Page) -> None:
    hall.keyboard.press("Escape")
    expect(hall.locator("html[data-present]")).to_have_count(0)


def test_a_letter_that_is_typed_does_not_present(page: Page) -> None:
    open_tab(page, "Sample")
    # A field takes no focus before its script has loaded.
    expect(page.locator(".live[inert]").filter(visible=True)).to_have_count(0)
    seed = page.get_by_label("Seed")
    seed.focus()
    expect(seed).to_be_focused()
    page.keyboard.press("p")
    page.keyboard.press("Control+p")
    expect(page.locator("html[data-present]")).to_have_count(0)


def test_arrow_keys_open_panels(hall: Page) -> None:
    open_tab(hall, "Compare")
    panels = [
        panel.get_attribute("data-panel") for panel in hall.locator("#compare_panels .panel").all()
    ]
    opened = hall.locator("#compare_panels .panel[open]")
    hall.locator("h1").click()  # a tab uses the arrow keys itself
    for key, at in (
        ("ArrowRight", 1),
        ("PageDown", 2),
        ("ArrowLeft", 1),
        ("PageUp", 0),
        ("ArrowLeft", 0),
    ):
        hall.keyboard.press(key)
        expect(opened).to_have_attribute("data-panel", panels[at] or "")
    hall.get_by_label("2 dimensions", exact=True).focus()
    hall.keyboard.press("ArrowRight")
    expect(hall.get_by_label("32 dimensions")).to_be_checked()
    expect(opened).to_have_attribute("data-panel", panels[0] or "")


def test_arrow_keys_open_chapters_of_the_lesson(hall: Page, server: str) -> None:
    hall.goto(f"{server}/#tab=How+it+works&step=mu&lesson=distribution&present=1")
    shown = hall.locator(".lesson article").filter(visible=True)
    expect(shown).to_have_attribute("data-chapter", "distribution")
    hall.locator("h1").click()
    hall.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("data-chapter", "terms")
    expect_tab(hall, "Reconstruct")
    wait_for_store(hall, "get('present')")
    hall.keyboard.press("ArrowLeft")
    expect(shown).to_have_attribute("data-chapter", "distribution")
    wait_for_store(hall, "get('stage') === 'mu'")
    hall.keyboard.press("Escape")
    expect(hall.locator("html[data-present]")).to_have_count(0)
    hall.keyboard.press("ArrowRight")  # now a stage of How it works
    wait_for_store(hall, "get('stage') === 'std' && get('lesson') === 'distribution'")


TEXT_COLOR = """body => {
  body.style.outlineColor = "var(--body-text-color)";
  return getComputedStyle(body).outlineColor;
}"""


def test_the_theme_is_chosen_and_kept(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})  # keeps the theme
    with visit(context, server) as page:
        page.emulate_media(color_scheme="dark")
        button, body = page.get_by_role("button", name="Theme:"), page.locator("body")
        open_tab(page, "Latent map")
        expect(page.locator("#latent-map .map-wait")).to_be_hidden(timeout=60_000)
        tick = page.locator("#latent-map .xtick text").first
        colors = {}
        for name, has_dark in (("Auto", True), ("Light", False), ("Dark", True)):
            expect(button).to_contain_text(name)
            expect(body).to_contain_class("dark") if has_dark else expect(
                body
            ).not_to_contain_class("dark")
            rgb = body.evaluate(TEXT_COLOR)
            expect(tick).to_have_css("fill", rgb)
            colors[name] = rgb
            button.click()
        assert colors["Light"] != colors["Dark"] == colors["Auto"]
        button.click()  # Auto, then Light
        expect(button).to_contain_text("Light")
        page.reload()
        expect(button).to_contain_text("Light")
        expect(body).not_to_contain_class("dark")
    context.close()


HIDDEN = {
    "header": "#header",
    "models": "#model",
    "lesson": "[data-action=lesson]",
    "present": "[data-action=present]",
    "theme": "[data-action=theme]",
    "link": "#share",
    "tabs": "#tabs > .tab-wrapper",
    "chips": ".live-try-this",
    "examples": "#pad .examples",
    "map": "#small-map",
    "details": "#reconstruct-details",
    "footer": "#footer",
}


def test_the_address_hides_parts_of_the_page(page: Page, server: str) -> None:
    settle(page)
    for part in HIDDEN.values():
        expect(page.locator(part).filter(visible=True).first).to_be_visible()
    page.goto(f"{server}/#hide={','.join(HIDDEN)}")
    for part in HIDDEN.values():
        expect(page.locator(part).filter(visible=True)).to_have_count(0)
    expect(page.locator("#pad")).to_be_visible()
    page.goto(f"{server}/#tab=Compare&questions=1&hide=results")
    expect(page.locator("#compare_panels .question").filter(visible=True)).to_have_count(1)
    expect(page.locator("#compare_panels .results").filter(visible=True)).to_have_count(0)
    page.goto(f"{server}/#tab=Compare&questions=1&hide=questions")
    expect(page.locator("#compare_panels .question").filter(visible=True)).to_have_count(0)
    page.get_by_role("button", name="Lesson").click()  # what is hidden stays so
    page.wait_for_function("location.hash.includes('hide=questions')")
