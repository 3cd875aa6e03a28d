"""The page as a whole: every tab at both widths, its documented ids, and visitors kept apart."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from app.frontend.assets import url
from app.frontend.fonts import PageFont
from tests.browser.actions import expect_no_sideways_scroll, open_tab
from tests.browser.test_reconstruct import TERMS, settle
from tests.browser.test_widths import resize

TABS = {
    "Reconstruct": ["pad", "seen", "reconstruction", "elbo"],
    "Sample": ["sample-grid", "sample-button"],
    "Interpolate": ["filmstrip", "scrub", "interpolate-a-pad", "interpolate-b-pad"],
    "Latent map": ["latent-map", "decoded"],
    "Compare": ["compare_panels"],
    "Objective": ["objective-latent-map", "objective-samples"],
    "How it works": ["slow-pass"],
}


@pytest.mark.parametrize("width", ["page", "phone"])
def test_every_tab_opens_with_what_programs_look_for(
    width: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(width)
    expect(page.locator("#model")).to_be_visible()
    for tab, ids in TABS.items():
        open_tab(page, tab)
        for elem_id in ids:
            expect(page.locator(f"#{elem_id}")).to_be_visible(timeout=20_000)
        expect_no_sideways_scroll(page)


# Sums the layout shifts of what is in view, as the browser measures them. Below a short tab the
# footer comes into view, and a longer tab moves it out.
WATCH_SHIFTS = """() => {
  const isFooter = ({ node, previousRect, currentRect }) => node?.closest?.("#footer, footer")
    && (previousRect.height === 0 || currentRect.height === 0);
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      if (!sources.every(isFooter)) window.shifts += value;
    }
  }).observe({ type: "layout-shift" });
}"""


@pytest.mark.parametrize("size", [(390, 844), (820, 1180), (1440, 900), (1920, 1080)])
def test_opening_a_tab_moves_nothing_in_view(page: Page, size: tuple[int, int]) -> None:
    resize(page, *size)
    settle(page)
    page.evaluate(WATCH_SHIFTS)
    for tab in [tab for tab in TABS if tab != "Reconstruct"]:
        open_tab(page, "Reconstruct")
        page.evaluate("window.shifts = 0")
        open_tab(page, tab)
        for elem_id in TABS[tab]:
            expect(page.locator(f"#{elem_id}")).to_be_visible()
        expect(page.locator(".live[inert]").filter(visible=True)).to_have_count(0)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.shifts") < 0.005, tab


def test_the_footer_credits_the_lecture_and_names_the_device(page: Page) -> None:
    expect(page.locator("#footer")).to_contain_text("Boschini")
    expect(page.locator("#footer")).to_contain_text("Running on CPU")


def test_pads_are_square_at_two_pixels_to_one(browser: Browser, server: str) -> None:
    size: ViewportSize = {"width": 375, "height": 800}
    context = browser.new_context(viewport=size, device_scale_factor=2)
    page = context.new_page()
    page.goto(server)
    for tab in ("Reconstruct", "Interpolate", "Compare"):
        open_tab(page, tab)
        pads = page.locator(".live-pad canvas").filter(visible=True)
        expect(pads.first).to_be_visible()
        for width in (375, 320, 414, 820):
            resize(page, width, 800)
            for pad in pads.all():
                expect(pad).not_to_have_js_property("height", 150)  # a canvas's own
                page.wait_for_function(
                    "pad => pad.width === pad.height && pad.width === 2 * pad.clientWidth",
                    arg=pad.element_handle(),
                )
    context.close()


def test_two_visitors_never_see_each_others_digit(
    page: Page, browser: Browser, server: str
) -> None:
    own = page.locator("#elbo .sum")
    expect(own).to_have_text(TERMS)
    before = own.inner_text()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    other.goto(server)
    expect(other.locator("#elbo .sum")).to_have_text(before, use_inner_text=True)
    other.get_by_role("button", name="Clear").first.click()
    box = other.locator("#pad canvas").first.bounding_box()
    assert box is not None
    other.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.2)
    other.mouse.down()
    other.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=10)
    other.mouse.up()
    expect(other.locator("#elbo .sum")).to_have_text(TERMS)
    expect(other.locator("#elbo .sum")).not_to_have_text(before, use_inner_text=True)
    assert own.inner_text() == before
    context.close()


LETTERS_OF_ANOTHER_FONT = """async (families) => {
  const context = document.createElement("canvas").getContext("2d");
  const width = (letter, font) => {
    context.font = font;
    return context.measureText(letter).width;
  };
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"];
  const missing = [];
  for (const family of families) {
    for (const weight of [400, 500, 600, 700]) {
      const font = `${weight} 100px "${family}"`;
      await document.fonts.load(font, letters.join(""));
      // A letter that the family lacks has the width of the fallback's.
      missing.push(...letters.filter((letter) => (
        width(letter, `${font}, "DejaVu Sans"`) !== width(letter, `${font}, "DejaVu Serif"`)
      )).map((letter) => `${family} ${weight} ${letter}`));
    }
  }
  return missing;
}"""


def test_a_word_has_one_typeface_at_every_weight(page: Page) -> None:
    families = [PageFont().name, "IBM Plex Mono"]
    assert page.evaluate(LETTERS_OF_ANOTHER_FONT, families) == []


@pytest.mark.parametrize("width", ["page", "phone"])
def test_an_opened_panel_shows_its_heading(width: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(width)
    for tab in ("Compare", "Objective"):
        open_tab(page, tab)
        panels = page.locator(f"#{tab.lower()}_panels details.panel")
        expect(panels.first.locator(".panel-body")).to_be_visible()
        for panel in [*panels.all(), *reversed(panels.all())]:
            heading = panel.locator("> summary")
            if panel.get_attribute("open") is None:
                heading.click()
            expect(panel).to_have_attribute("open", "")
            expect(heading).to_be_in_viewport(ratio=0.9)  # it scrolls by whole pixels


READY_DIGITS = """async () => {
  const root = window.gradio_config.root.replace(/\\/$/, "");
  const { store } = await import(root + MODULE);
  const worst = {};
  for (const { name } of store.get("models").filter(({ digits }) => digits)) {
    store.set({ model: name });
    for (const button of document.querySelectorAll("#pad .examples button")) {
      const answer = new Promise((resolve) => {
        const before = store.get("digit");
        store.on(["digit"], ({ digit }) => { if (digit && digit !== before) resolve(digit); });
      });
      button.click();
      const { model, share_above } = await answer;
      worst[model] = Math.min(worst[model] ?? 1, share_above);
    }
  }
  return worst;
}"""


def test_the_ready_digits_are_ordinary_ones(page: Page) -> None:
    """Their -ELBO stays below the 90th percentile of the test digits on both models."""
    expect(page.locator("#elbo .sum")).to_have_text(TERMS)
    expect(page.locator("#pad .examples button")).to_have_count(10)
    module = url("frontend/js/store.js")
    worst = page.evaluate(READY_DIGITS.replace("MODULE", f'"{module}"'))
    assert {"vae-2d", "vae-32d"} <= set(worst)
    assert all(share > 0.1 for share in worst.values()), worst
