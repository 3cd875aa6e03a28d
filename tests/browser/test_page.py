"""The page as a whole: every tab at both widths, its documented ids, and visitors kept apart."""

import pytest
from playwright.sync_api import Browser, Page, expect

TABS = {
    "Reconstruct": ["pad", "seen", "reconstruction", "elbo"],
    "Sample": ["sample-grid", "sample-button"],
    "Interpolate": ["filmstrip", "scrub", "interpolate-a-pad", "interpolate-b-pad"],
    "Latent map": ["latent-map", "decoded"],
}


def open_tab(page: Page, name: str) -> None:
    """Clicks a tab, through the overflow menu where the line is too short for all of them."""
    tab = page.get_by_role("tab", name=name)
    if not tab.is_visible():
        page.locator(".overflow-menu > button").click()
        page.locator(".overflow-dropdown").get_by_text(name).click()
    else:
        tab.click()


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
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) <= 0, f"{tab} scrolls sideways"


def test_the_upload_is_there_when_asked_for(page: Page) -> None:
    page.get_by_text("Upload, paste or photograph").click()
    expect(page.locator("#upload")).to_be_visible()


def test_the_footer_credits_the_lecture_and_names_the_device(page: Page) -> None:
    expect(page.locator("#footer")).to_contain_text("Boschini")
    expect(page.locator("#footer")).to_contain_text("Running on CPU")


def test_two_visitors_never_see_each_others_digit(
    page: Page, browser: Browser, server: str
) -> None:
    expect(page.locator("#elbo")).to_contain_text("nats")
    own = page.locator("#elbo").inner_text()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    other.goto(server)
    expect(other.locator("#elbo")).to_contain_text("nats")
    other.get_by_role("button", name="Clear").first.click()
    box = other.locator("#pad canvas").first.bounding_box()
    assert box is not None
    other.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.2)
    other.mouse.down()
    other.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=10)
    other.mouse.up()
    expect(other.locator("#elbo")).not_to_have_text(own)
    assert page.locator("#elbo").inner_text() == own
    context.close()
