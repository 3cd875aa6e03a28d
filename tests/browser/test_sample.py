"""The Sample tab in the real page."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import (
    Gray,
    changed,
    expect_no_sideways_scroll,
    gray,
    open_tab,
    saved,
    set_range,
)


def opened(page: Page) -> Locator:
    """Open the tab; return the grid's canvas once it shows something."""
    open_tab(page, "Sample")
    canvas = page.locator("#sample-grid canvas")
    expect(canvas).to_have_attribute("aria-label", "64 samples")
    return canvas


def tiles(grid: Gray) -> Gray:
    """(rows * 28, columns * 28) -> (N, 28, 28), row by row."""
    rows, columns = grid.shape[0] // 28, grid.shape[1] // 28
    cut: Gray = grid.reshape(rows, 28, columns, 28).swapaxes(1, 2).reshape(-1, 28, 28)
    return cut


def test_the_grid_is_as_square_as_can_be(page: Page) -> None:
    canvas = opened(page)
    for count, width, height in ((1, 28, 28), (5, 84, 56), (400, 560, 560)):
        page.get_by_label("Count", exact=True).fill(str(count))
        expect(canvas).to_have_attribute("aria-label", f"{count} samples")
        expect(canvas).to_have_js_property("width", width)
        expect(canvas).to_have_js_property("height", height)


def test_what_is_typed_out_of_range_is_mended(page: Page) -> None:
    canvas = opened(page)
    count = page.get_by_label("Count", exact=True)
    count.fill("1000000000")
    count.press("Enter")
    expect(count).to_have_value("400")
    expect(canvas).to_have_attribute("aria-label", "400 samples")
    count.fill("")
    count.press("Tab")
    expect(count).to_have_value("400")


def test_a_seed_is_an_image(page: Page) -> None:
    canvas = opened(page)
    first = gray(canvas)
    page.locator("#sample-button").click()
    second = changed(canvas, first)
    seed = page.get_by_label("Seed")
    assert seed.input_value() != "0"
    seed.fill("0")
    assert np.array_equal(changed(canvas, second), first)


def test_temperature_zero_is_the_priors_mean(page: Page) -> None:
    canvas = opened(page)
    first = gray(canvas)
    set_range(page.get_by_label("Temperature T, slider"), 0)
    cold = tiles(changed(canvas, first))
    assert (cold == cold[0]).all()
    expect(page.get_by_text("all tiles are the same")).to_be_visible()


def test_drawn_pixels_are_black_or_white(page: Page) -> None:
    canvas = opened(page)
    first = gray(canvas)
    page.get_by_label("Draw pixels").check()
    assert set(np.unique(changed(canvas, first))) == {0, 255}


def test_what_is_saved_is_what_is_shown(page: Page) -> None:
    canvas = opened(page)
    image = saved(page, page.get_by_role("button", name="Save PNG", exact=True))
    assert image.format == "PNG"
    assert np.array_equal(np.asarray(image.convert("L")), gray(canvas))


def test_a_sample_becomes_an_end_by_keyboard(page: Page) -> None:
    canvas = opened(page)
    chosen = tiles(gray(canvas))[9]
    tile = page.locator("#sample-grid .tile")
    tile.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(tile).to_have_attribute("aria-label", "Sample 10 of 64")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Use as A")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(tile).to_be_focused()
    expect(page.locator("#notice")).to_contain_text("This is A now")

    open_tab(page, "Interpolate")
    frames = page.locator("#filmstrip canvas")
    expect(frames).to_have_count(17)
    # The end is the sample's own code, not what the encoder makes of its image.
    assert np.abs(gray(frames.first).astype(int) - chosen).max() <= 1


def test_escape_closes_the_menu(page: Page) -> None:
    opened(page)
    tile = page.locator("#sample-grid .tile")
    tile.focus()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Use as B")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(tile).to_be_focused()


def test_the_menu_follows_its_image(page: Page) -> None:
    opened(page)
    page.set_viewport_size({"width": 1440, "height": 500})
    tile, menu = page.locator("#sample-grid .tile"), page.get_by_role("menu")
    tile.press("Enter")

    def below() -> float:
        boxes = tile.bounding_box(), menu.bounding_box()
        assert boxes[0] is not None
        assert boxes[1] is not None
        return boxes[1]["y"] - boxes[0]["y"]

    before, distance = tile.bounding_box(), below()
    page.mouse.wheel(0, 40)
    page.wait_for_function(
        "before => document.querySelector('.tile').getBoundingClientRect().y < before",
        arg=before and before["y"],
    )
    expect(menu).to_be_visible()
    assert below() == pytest.approx(distance, abs=1)


def test_a_finger_opens_the_menu_of_the_tile_it_touches(phone: Page) -> None:
    canvas = opened(phone)
    expect_no_sideways_scroll(phone)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    phone.touchscreen.tap(box["x"] + 2.5 * box["width"] / 8, box["y"] + 1.5 * box["height"] / 8)
    expect(phone.get_by_role("menu")).to_be_visible()
    expect(phone.locator("#sample-grid .tile")).to_have_attribute("aria-label", "Sample 11 of 64")
    phone.get_by_role("menuitem", name="Reconstruct").tap()
    expect(phone.locator("#notice")).to_contain_text("This is your image now")
