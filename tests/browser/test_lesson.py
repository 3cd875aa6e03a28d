"""The lesson: each chapter opens what it is about, and is kept in the address."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.shell.lesson.chapters import Chapter, read_chapters
from tests.browser.actions import expect_no_sideways_scroll
from tests.browser.axe import findings
from tests.browser.conftest import visit
from tests.browser.test_accessibility import THEMES
from tests.browser.test_linked_state import expect_tab, stored, wait_for_store
from tests.browser.test_reconstruct import draw, settle
from tests.browser.test_widths import LAYOUT

CHAPTERS = read_chapters()
KEYS = {  # of the store, by the names in the address
    "tab": "tab",
    "model": "model",
    "traced": "traced",
    "step": "stage",
    "compare": "compare_panel",
    "objective": "objective_panel",
}


def expect_chapter(page: Page, chapter: Chapter) -> None:
    """Expect the chapter to be shown, with all that it opens."""
    shown = page.locator(".lesson article").filter(visible=True)
    expect(shown).to_have_attribute("data-chapter", chapter.key)
    state = chapter.state.properties()
    expect_tab(page, state["tab"])
    for name, value in state.items():
        if name in KEYS:
            wait_for_store(page, f"get('{KEYS[name]}') === arg", value)
    if "lambda" in state:
        wait_for_store(page, "get('weight') === arg", float(state["lambda"]))
    for name in ("compare", "objective"):
        if name in state:
            panel = page.locator(f"#{name}_panels [data-panel={state[name]}]")
            expect(panel).to_have_attribute("open", "")
            expect(page.locator(f"#{name}_panels details.panel[open]")).to_have_count(1)
    if "step" in state:
        expect(page.locator(f"#slow-pass [data-panel={state['step']}]")).to_be_visible()
        traced = page.locator(
            f"#slow-pass [data-field=traced] input[value='{state.get('traced', '')}']"
        )
        expect(traced).to_be_checked()
    if "model" in state:
        expect(page.get_by_label(state["model"])).to_be_checked()
    expect(page.locator("#amortization")).to_be_visible(visible="details" in state)


def press(page: Page, name: str) -> None:
    page.locator(".lesson .bar").get_by_role("button", name=name).click()


def open_lesson(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Lesson").click()
    expect_chapter(page, CHAPTERS[0])


def test_next_leads_through_all_chapters_and_back_returns(page: Page) -> None:
    open_lesson(page)
    for chapter in CHAPTERS[1:]:
        press(page, "Next")
        expect_chapter(page, chapter)
        answer = page.locator(f"article[data-chapter={chapter.key}] .answer")
        expect(answer.locator("p")).to_be_hidden()
        answer.locator("summary").click()
        expect(answer.locator("p")).to_be_visible()
    expect(page.locator(".lesson [data-action=next]")).to_be_disabled()
    press(page, "Back")
    expect_chapter(page, CHAPTERS[-2])
    page.go_back()  # the browser's
    expect_chapter(page, CHAPTERS[-1])


def test_a_reload_keeps_chapter_drawing_and_what_was_changed(page: Page) -> None:
    open_lesson(page)
    for _ in range(3):
        press(page, "Next")
    expect_chapter(page, CHAPTERS[3])
    draw(page, (0.3, 0.2), (0.7, 0.2), (0.4, 0.85))
    page.wait_for_function("location.hash.includes('drawing=')")
    drawing = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('drawing')")
    press(page, "Next")
    expect_chapter(page, CHAPTERS[4])
    page.locator("#objective_panels [data-stop]").first.click()
    page.wait_for_function(
        "location.hash.includes('lambda=0.1') && location.hash.includes('drawing=')"
    )
    page.reload()
    settle(page)
    expect(page.locator(".lesson article").filter(visible=True)).to_have_attribute(
        "data-chapter", CHAPTERS[4].key
    )
    wait_for_store(page, "get('weight') === 0.1 && get('source')?.drawing.strokes.length === 1")
    assert drawing == page.evaluate("new URLSearchParams(location.hash.slice(1)).get('drawing')")


def test_the_contents_open_chapters_and_their_links_too(
    page: Page, desktop: BrowserContext
) -> None:
    open_lesson(page)
    page.locator(".lesson .contents summary").click()
    links = page.locator(".lesson .contents a")
    expect(links).to_have_count(len(CHAPTERS))
    addresses = [link.evaluate("link => link.href") for link in links.all()]
    links.nth(7).click()
    expect_chapter(page, CHAPTERS[7])
    expect(links.nth(7)).to_be_hidden()
    for at in (1, 8):
        with visit(desktop, addresses[at]) as other:
            expect_chapter(other, CHAPTERS[at])


def test_it_can_be_closed_and_continues_where_it_was(page: Page) -> None:
    open_lesson(page)
    press(page, "Next")
    expect_chapter(page, CHAPTERS[1])
    press(page, "Close")
    expect(page.locator(".lesson")).to_be_hidden()
    page.wait_for_function("!location.hash.includes('lesson')")
    expect_tab(page, CHAPTERS[1].state.tab)
    button = page.get_by_role("button", name="Lesson")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect_chapter(page, CHAPTERS[1])
    button.click()
    expect(page.locator(".lesson")).to_be_hidden()


def test_the_end_leads_to_questions_for_a_class(page: Page, server: str) -> None:
    settle(page)
    page.goto(f"{server}/#tab=Sample&lesson={CHAPTERS[-1].key}")
    page.get_by_role("link", name="questions for a class").click()
    expect_tab(page, "Compare")
    expect(page.locator("#compare_panels .question").filter(visible=True).first).to_be_visible()


@pytest.mark.parametrize("width", [360, 820])
def test_it_covers_nothing(page: Page, width: int) -> None:
    open_lesson(page)
    page.set_viewport_size({"width": width, "height": 844})
    for chapter in CHAPTERS[1:]:
        press(page, "Next")
        expect_chapter(page, chapter)
        expect_no_sideways_scroll(page)
        assert page.evaluate(LAYOUT) == []
        lesson, tabs = (page.locator(name).bounding_box() for name in (".lesson", "#tabs"))
        assert lesson is not None
        assert tabs is not None
        assert lesson["y"] + lesson["height"] <= tabs["y"]
        expect(page.locator(".lesson h2").filter(visible=True)).to_be_in_viewport()
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_any_chapter(page: Page, server: str, theme: str) -> None:
    page.goto(f"{server}/?__theme={theme}")
    page.emulate_media(reduced_motion="reduce")
    open_lesson(page)
    found: list[str] = []
    within = None  # the whole page, then only the lesson
    for chapter in CHAPTERS:
        page.locator(".lesson .contents summary").click()
        page.locator(f".lesson .contents [data-chapter={chapter.key}]").click()
        expect_chapter(page, chapter)
        page.locator(f"article[data-chapter={chapter.key}] .answer summary").click()
        expect(page.locator(".live[inert]").filter(visible=True)).to_have_count(0)
        found += [f"{chapter.key}: {line}" for line in findings(page, within, THEMES[theme])]
        within = ".lesson"
    assert not found, "\n".join(sorted(set(found)))


def test_unknown_chapters_are_ignored(page: Page, server: str) -> None:
    settle(page)
    page.goto(f"{server}/#tab=Sample&lesson=moon")
    expect_tab(page, "Sample")
    expect(page.locator(".lesson")).to_be_hidden()
    assert stored(page, "tab") == "Sample"
