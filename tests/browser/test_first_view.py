"""The first view is live before Gradio has started, and is replaced without a jump."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.frontend.fonts import PageFont
from tests.browser.test_linked_state import stored

OWN = "**/first.js"
GRADIO = "**/assets/*.js"
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1440, 900)}
SAME = {  # in the first view: on the page
    "h1": "#header h1",
    ".introduction": "#header .introduction",
    **{
        name: name
        for name in (
            "#pad canvas",
            ".tools",
            "#seen canvas",
            "#reconstruction",
            "#elbo",
            "#small-map",
        )
    },
}
SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifts += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
# The fonts replace others (font-display: swap) after a moment that depends on the machine's load.
WITH_FONTS = """() => document.fonts.ready.then(() => new Promise((resolve) => {
  requestAnimationFrame(() => setTimeout(() => { window.shifts = 0; resolve(true); }));
}))"""


# The text of each visible tab's name, and the left edge of the text.
NAMES = """(tabs) => [...document.querySelectorAll(tabs)].flatMap((tab) => {
  const text = document.createRange();
  text.selectNodeContents(tab);
  const { left, top } = text.getBoundingClientRect();
  const isVisible = tab.checkVisibility({ visibilityProperty: true })
    && top < tab.closest("ul, [role=tablist]").getBoundingClientRect().bottom;
  return isVisible ? [[tab.textContent.trim(), Math.round(left)]] : [];
})"""


class Stopped:
    """A page some of whose scripts do not arrive before `go`."""

    def __init__(self, page: Page, server: str, scripts: str) -> None:
        self.page = page
        self.waiting: list[Route] | None = []
        page.route(scripts, self.handle)
        page.goto(server, wait_until="commit")
        expect(page.locator("#first-view .introduction")).to_be_visible()
        page.evaluate(WITH_FONTS)

    def handle(self, route: Route) -> None:
        if self.waiting is None:
            route.continue_()
        else:
            self.waiting.append(route)

    def go(self) -> None:
        waiting, self.waiting = self.waiting or [], None
        for route in waiting:
            route.continue_()
        expect(self.page.locator("#elbo .total")).not_to_be_empty()


def hold(page: Page, addresses: str) -> list[Route]:
    """Return a list of the requests that wait, which grows."""
    held: list[Route] = []
    page.route(addresses, lambda route: held.append(route))
    return held


def release(held: list[Route]) -> None:
    """Let requests go that wait; there must be some."""
    assert held
    for route in held:
        route.continue_()


@pytest.fixture(params=SIZES)
def stopped(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Stopped]:
    """Open a page before Gradio's scripts have arrived."""
    width, height = SIZES[request.param]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.add_init_script(SHIFTS)
    yield Stopped(page, server, GRADIO)
    page.close()


def test_what_was_there_before_gradio_stays_where_it_was(stopped: Stopped) -> None:
    page = stopped.page
    expect(page.locator("#first-view #elbo .total")).not_to_be_empty()
    expect(page.locator("#first-view #small-map .at")).not_to_be_empty()
    before = {name: page.locator(f"#first-view {name}").bounding_box() for name in SAME}
    tabs = page.evaluate(NAMES, "#first-view .tabs button")
    stopped.go()
    expect(page.locator("#first-view")).to_have_count(0)
    assert page.evaluate(NAMES, "#tabs [role=tablist] button") == tabs
    for name, element in SAME.items():
        box, old = page.locator(element).bounding_box(), before[name]
        assert box is not None
        assert old is not None
        assert dict(box) == pytest.approx(dict(old), abs=2), name
    assert page.evaluate("window.shifts") <= 0.05


def test_an_address_that_changes_before_gradio_is_opened_after_it(stopped: Stopped) -> None:
    page = stopped.page
    page.evaluate("location.hash = 'tab=Sample&temperature=0.5'")
    stopped.go()
    expect(page.get_by_role("tab", name="Sample", exact=True, selected=True)).to_be_visible()
    expect(page.get_by_label("Temperature T", exact=True)).to_have_value("0.5")


def test_a_tab_chosen_before_gradio_opens_after_it(stopped: Stopped) -> None:
    page = stopped.page
    for name in ("Interpolate", "Sample"):
        page.locator("#first-view .tabs").get_by_role("button", name=name).click()
    expect(page.locator("#first-view [aria-current]")).to_have_text("Sample")
    stopped.go()
    expect(page.get_by_role("tab", name="Sample", exact=True, selected=True)).to_be_visible()
    expect(page).to_have_title(re.compile("^Sample"))


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_font_and_answer_arrive_without_moving_anything(
    browser: Browser, server: str, size: str
) -> None:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.route(GRADIO, lambda route: None)  # never answered
    fonts, answers = hold(page, "**/*.woff2"), hold(page, "**/component_server/")
    page.goto(server, wait_until="commit")
    expect(page.locator("#first-view .scale .high")).not_to_be_empty()
    names = [
        "h1",
        ".introduction",
        ".of-model",
        ".tabs",
        "#pad",
        ".tools",
        "#elbo .bar",
        "#small-map",
    ]
    tops = "names => names.map((name) => document.querySelector(name).getBoundingClientRect().top)"
    before = page.evaluate(tops, names)
    release(fonts)
    page.wait_for_function("name => document.fonts.check(`16px '${name}'`)", arg=PageFont().name)
    assert page.evaluate(tops, names) == pytest.approx(before, abs=2)
    page.unroute("**/component_server/")
    release(answers)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    expect(page.locator("#elbo .gray")).not_to_be_empty()
    assert page.evaluate(tops, names) == pytest.approx(before, abs=2)
    page.close()


def test_a_drawing_begun_before_gradio_is_finished_after_it(browser: Browser, server: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    stopped = Stopped(page, server, GRADIO)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    box = page.locator("#pad canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60, steps=5)
    stopped.go()
    page.locator("#tabs").wait_for(state="attached")
    expect(page.locator("#first-view")).to_have_count(1)
    page.mouse.move(x, y + 120, steps=5)
    page.mouse.up()
    expect(page.locator("#first-view")).to_have_count(0)
    expect(page.locator("#pad canvas")).to_be_focused()
    [stroke] = stored(page, "source")["drawing"]["strokes"]
    first, *_, last = [down for _, down in stroke["points"]]
    assert last - first == pytest.approx(120 / box["height"], abs=0.01)
    page.close()


def test_before_its_script_the_pad_says_that_it_is_loading(browser: Browser, server: str) -> None:
    page = browser.new_page()
    stopped = Stopped(page, server, OWN)
    expect(page.get_by_text("Loading …")).to_be_visible()
    stopped.go()
    expect(page.get_by_text("Loading …")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_view_has_the_theme_of_the_page(
    browser: Browser, server: str, theme: str
) -> None:
    page = browser.new_page()
    page.add_init_script(f"localStorage.setItem('theme', '{theme}')")
    stopped = Stopped(page, server, GRADIO)
    look = """element => [element, document.body].map((shown) => {
      const { color, backgroundColor } = getComputedStyle(shown);
      return [color, backgroundColor];
    })"""
    before = page.locator("#first-view h1").evaluate(look)
    stopped.go()
    assert page.locator("#header h1").evaluate(look) == before
    page.close()


def test_without_scripts_the_page_says_what_is_missing(browser: Browser, server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server)
    expect(page.locator("#first-view .introduction")).to_be_visible()
    assert "This page needs JavaScript." in page.content()  # Chromium shows it to browsers without
    context.close()


def test_a_script_that_does_not_arrive_is_reported(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.route(OWN, lambda route: route.abort())
    page.goto(server)
    expect(page.locator("#first-view[data-waiting='connection']")).to_be_visible()
    page.unroute(OWN)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    expect(page.locator("#first-view")).to_have_count(0)
    page.close()


def test_the_first_view_takes_one_script_and_no_files_of_the_api(
    browser: Browser, server: str
) -> None:
    page = browser.new_page()
    names: list[str] = []
    page.on("request", lambda request: names.append(request.url.removeprefix(f"{server}/")))
    page.goto(server)
    expect(page.locator("#elbo .total")).not_to_be_empty()
    own = [
        name.split("/", 2)[2] for name in names if name.startswith("assets/") and "/" in name[7:]
    ]
    assert {*own} <= {"first.js", "tabs/reconstruct/small_map/plane.js"}
    files = [name.removeprefix("assets/") for name in names]
    assert not [name for name in files if name.startswith(("Image", "JSON", "File"))]
    page.close()
