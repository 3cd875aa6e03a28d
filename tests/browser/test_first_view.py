"""The first view is there before the scripts, and is replaced without a jump."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

SCRIPTS = "**/assets/*.js"
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1440, 900)}
SAME = {  # in the first view: on the page
    "h1": "#header h1",
    ".introduction": "#header .introduction",
    ".paper canvas": "#pad .paper canvas",
}
SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifts += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


# The text of each visible tab's name, and the left edge of the text.
NAMES = """(tabs) => [...document.querySelectorAll(tabs)].flatMap((tab) => {
  const text = document.createRange();
  text.selectNodeContents(tab);
  const { left, top } = text.getBoundingClientRect();
  const isVisible = tab.checkVisibility({ visibilityProperty: true })
    && top < tab.parentElement.getBoundingClientRect().bottom;
  return isVisible ? [[tab.textContent.trim(), Math.round(left)]] : [];
})"""


class Stopped:
    """A page whose scripts do not arrive before `go`."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.waiting: list[Route] | None = []
        page.route(SCRIPTS, self.handle)
        page.goto(server, wait_until="commit")
        expect(page.locator("#first-view .introduction")).to_be_visible()
        page.evaluate("() => document.fonts.ready.then(() => true)")

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


@pytest.fixture(params=SIZES)
def stopped(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Stopped]:
    width, height = SIZES[request.param]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.add_init_script(SHIFTS)
    yield Stopped(page, server)
    page.close()


def test_what_was_there_before_the_scripts_stays_where_it_was(stopped: Stopped) -> None:
    page = stopped.page
    expect(page.get_by_text("Loading …")).to_be_visible()
    before = {name: page.locator(f"#first-view {name}").bounding_box() for name in SAME}
    tabs = page.evaluate(NAMES, "#first-view .tabs li")
    stopped.go()
    expect(page.locator("#first-view")).to_have_count(0)
    assert page.evaluate(NAMES, "#tabs [role=tablist] button") == tabs
    for name, element in SAME.items():
        box, old = page.locator(element).bounding_box(), before[name]
        assert box is not None
        assert old is not None
        assert dict(box) == pytest.approx(dict(old), abs=2), name
    assert page.evaluate("window.shifts") <= 0.05


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_view_has_the_theme_of_the_page(
    browser: Browser, server: str, theme: str
) -> None:
    page = browser.new_page()
    page.add_init_script(f"localStorage.setItem('theme', '{theme}')")
    stopped = Stopped(page, server)
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
    bundle = "**/first.js"
    page.route(bundle, lambda route: route.abort())
    page.goto(server)
    waiting = page.locator(".live[data-waiting='connection']").filter(visible=True)
    expect(waiting.first).to_be_visible()
    expect(page.locator("#first-view")).to_have_count(0)
    page.unroute(bundle)
    expect(page.locator("#elbo .total")).not_to_be_empty()
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
