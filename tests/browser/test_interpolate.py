"""The Interpolate tab in the real page."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import (
    Gray,
    changed,
    expect_no_sideways_scroll,
    gray,
    gray_when,
    open_tab,
    saved,
    set_range,
)


class Tab:
    """The tab, once its first path is there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames = page.locator("#filmstrip canvas")
        self.current = page.locator("#filmstrip [aria-current]")
        self.scrub = page.locator("#scrub input")
        self.decoded = page.locator("#interpolation-preview-decoded canvas")
        self.fade = page.locator("#interpolation-preview-fade canvas")
        open_tab(page, "Interpolate")
        expect(self.frames).to_have_count(17)

    def ready_digit(self, end: str, digit: int) -> Locator:
        return self.page.locator(f"#interpolate-{end}-pad .examples button").nth(digit)

    def wait_for(self, canvas: Locator, wanted: Gray, tolerance: int = 1) -> None:
        """Wait until a canvas shows the wanted gray levels."""
        gray_when(canvas, lambda shown: np.abs(shown.astype(int) - wanted).max() <= tolerance)


def test_it_is_alive_at_once(page: Page) -> None:
    tab = Tab(page)
    assert not np.array_equal(gray(tab.frames.first), gray(tab.frames.last))
    expect(tab.frames.first.locator("xpath=..")).to_contain_text("A")
    expect(tab.frames.last.locator("xpath=..")).to_contain_text("B")
    expect(tab.scrub).to_be_enabled()


def test_the_large_image_is_the_marked_one_at_first(page: Page) -> None:
    tab = Tab(page)
    expect(tab.scrub).to_have_value("0.5")
    expect(tab.current).to_have_attribute("aria-label", "Image 9 of 17")
    tab.wait_for(tab.decoded, gray(tab.current.locator("canvas")))


def test_the_marked_image_is_the_nearest_one(page: Page) -> None:
    tab = Tab(page)
    for at in (0.09, 0.1, 0.46, 0.48, 0.9, 0.91):  # the images are 1/16 = 0.0625 apart
        set_range(tab.scrub, at)
        nearest = min(range(17), key=lambda index: abs(index / 16 - at))
        expect(tab.current).to_have_attribute("aria-label", f"Image {nearest + 1} of 17")


def test_the_ends_of_the_scrub_are_the_ends_of_the_strip(page: Page) -> None:
    tab = Tab(page)
    for at, end in ((0, tab.frames.first), (1, tab.frames.last)):
        set_range(tab.scrub, at)
        tab.wait_for(tab.decoded, gray(end))
        tab.wait_for(tab.fade, gray(end))


def test_between_the_ends_the_decode_is_no_cross_fade(page: Page) -> None:
    tab = Tab(page)
    for end, digit, frame in (("a", 0, tab.frames.first), ("b", 1, tab.frames.last)):
        before = gray(frame)
        tab.ready_digit(end, digit).click()
        changed(frame, before)
    ends = [gray(frame).astype(float) for frame in (tab.frames.first, tab.frames.last)]
    set_range(tab.scrub, 0.375)
    tab.wait_for(tab.fade, np.rint(0.625 * ends[0] + 0.375 * ends[1]).astype(np.uint8))
    tab.wait_for(tab.decoded, gray(tab.frames.nth(6)))  # 6 of 16 intervals
    difference = np.abs(gray(tab.decoded).astype(int) - gray(tab.fade))
    assert difference.max() > 30


def test_arrow_keys_go_image_by_image(page: Page) -> None:
    tab = Tab(page)
    tab.frames.nth(4).click()
    expect(tab.current).to_have_attribute("aria-label", "Image 5 of 17")
    tab.scrub.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tab.current).to_have_attribute("aria-label", "Image 7 of 17")
    page.keyboard.press("ArrowLeft")
    expect(tab.current).to_have_attribute("aria-label", "Image 6 of 17")
    tab.wait_for(tab.decoded, gray(tab.frames.nth(5)))


def test_play_runs_until_the_tab_is_left(page: Page) -> None:
    tab = Tab(page)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(tab.current).not_to_have_attribute("aria-label", "Image 9 of 17")
    open_tab(page, "Sample")
    open_tab(page, "Interpolate")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


@pytest.mark.parametrize("steps", [3, 65])
def test_the_number_of_steps(page: Page, steps: int) -> None:
    tab = Tab(page)
    page.get_by_label("Steps", exact=True).fill(str(steps))
    expect(tab.frames).to_have_count(steps)
    set_range(tab.scrub, 1)
    tab.wait_for(tab.decoded, gray(tab.frames.last))
    expect(tab.current).to_have_attribute("aria-label", f"Image {steps} of {steps}, B")


def test_spherical_is_another_way_between_the_same_ends(page: Page) -> None:
    tab = Tab(page)
    ends = [gray(frame) for frame in (tab.frames.first, tab.frames.last)]
    position = page.locator("#interpolation-preview-decoded [data-text=position]")
    straight = position.text_content() or ""
    page.get_by_label("Spherical").check()
    expect(position).not_to_have_text(straight)
    for frame, before in zip((tab.frames.first, tab.frames.last), ends, strict=True):
        tab.wait_for(frame, before)


def test_the_same_digit_at_both_ends_stands_still(page: Page) -> None:
    tab = Tab(page)
    tab.ready_digit("a", 5).click()
    tab.ready_digit("b", 5).click()
    expect(page.get_by_text("Here A and B are the same code.")).to_be_visible()
    assert np.array_equal(gray(tab.frames.first), gray(tab.frames.nth(7)))


def test_swap(page: Page) -> None:
    tab = Tab(page)
    first, last = gray(tab.frames.first), gray(tab.frames.last)
    page.get_by_role("button", name="Swap A and B").click()
    tab.wait_for(tab.frames.first, last)
    tab.wait_for(tab.frames.last, first)


def test_an_empty_endpoint_leaves_nothing_to_interpolate(page: Page) -> None:
    tab = Tab(page)
    page.locator("#interpolate-a-pad .clear").click()
    expect(tab.frames).to_have_count(0)
    expect(tab.scrub).to_be_disabled()
    expect(page.get_by_role("button", name="Save GIF")).to_be_disabled()
    page.locator("#interpolate-a").get_by_role("button", name="Sample").click()
    expect(tab.frames).to_have_count(17)


def test_the_saved_strip_is_the_one_shown(page: Page) -> None:
    tab = Tab(page)
    strip = saved(page, page.get_by_role("button", name="Save PNG strip"))
    assert strip.size == (17 * 28, 28)
    shown = np.concatenate([gray(frame) for frame in tab.frames.all()], axis=1)
    assert np.abs(np.asarray(strip).astype(int) - shown).max() <= 1


def test_the_saved_animation_goes_from_a_to_b(page: Page) -> None:
    tab = Tab(page)
    animation = saved(page, page.get_by_role("button", name="Save GIF"))
    assert animation.format == "GIF"
    assert getattr(animation, "n_frames", 1) == 17
    first = np.asarray(animation.convert("L").resize((28, 28), 0))
    assert np.abs(first.astype(int) - gray(tab.frames.first)).max() <= 1


def test_the_decoded_image_becomes_the_visitors_digit(page: Page) -> None:
    tab = Tab(page)
    mine = page.locator("#interpolate-a").get_by_role("button", name="My image")
    set_range(tab.scrub, 0.375)
    tab.wait_for(tab.decoded, gray(tab.frames.nth(6)))
    tab.decoded.click()
    page.get_by_role("menuitem", name="Reconstruct").click()
    wanted = gray(tab.decoded)
    open_tab(page, "Interpolate")
    mine.click()
    tab.wait_for(tab.frames.first, wanted)


def test_a_finger_scrubs(phone: Page) -> None:
    tab = Tab(phone)
    expect_no_sideways_scroll(phone)
    tab.scrub.scroll_into_view_if_needed()
    box = tab.scrub.bounding_box()
    assert box is not None
    phone.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    expect(tab.current).to_have_attribute("aria-label", "Image 16 of 17")
    tab.frames.nth(13).tap()
    tab.wait_for(tab.decoded, gray(tab.frames.nth(13)))
