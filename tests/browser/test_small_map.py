"""The small map next to the drawing: it follows the pen, and decodes the code under the pointer."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import Gray, gray_when
from tests.browser.axe import findings
from tests.browser.test_accessibility import THEMES
from tests.browser.test_latent_map import DIGITS, NAMES
from tests.browser.test_reconstruct import box, draw, settle
from tests.browser.test_widths import resize

POSTERIOR = re.compile(r"^μ\s=\s\(−?\d\.\d\d,\s−?\d\.\d\d\), σ\s=\s\(\d\.\d{3},\s\d\.\d{3}\)$")
AT = "#small-map .at"
MU = "#small-map .map-mu"


def wait_for_map(page: Page) -> None:
    """Wait until the first answer and the test codes are on the map."""
    settle(page)
    expect(page.locator(MU)).to_be_visible()
    expect(page.locator(AT)).to_have_text(POSTERIOR)


def hover(page: Page, across: float, down: float) -> None:
    """Move the mouse to a point of the map, in units of its side."""
    plane = box(page, "#small-map .plane")
    page.mouse.move(plane["x"] + across * plane["width"], plane["y"] + down * plane["height"])


def expect_decoded(page: Page, before: bytes = b"") -> bytes:
    """Wait until the map shows a decoded image other than `before`, and return it."""
    decoded = page.locator("#small-map .decoded")
    expect(decoded).to_be_visible()

    def is_new(image: Gray) -> bool:
        return image.shape == (28, 28) and bool(image.any()) and image.tobytes() != before

    return gray_when(decoded, is_new).tobytes()


def test_the_point_moves_while_a_stroke_is_drawn(page: Page) -> None:
    wait_for_map(page)
    pad = box(page, "#pad canvas")
    x, y, side = pad["x"], pad["y"], pad["width"]
    page.mouse.move(x + 0.3 * side, y + 0.3 * side)
    page.mouse.down()
    for step in range(1, 4):
        before = page.locator(MU).get_attribute("transform")
        page.mouse.move(x + (0.3 + 0.1 * step) * side, y + (0.3 + 0.15 * step) * side, steps=6)
        page.wait_for_function(
            "([mu, before]) => document.querySelector(mu).getAttribute('transform') !== before",
            arg=[MU, before],
        )  # the button is still down
    page.mouse.up()
    expect(page.locator("#small-map .map-posterior")).to_have_count(2)


def test_every_class_has_its_name_at_every_width(page: Page) -> None:
    wait_for_map(page)
    for width in (360, 390, 641, 820, 1024, 1366, 1440, 1920):
        resize(page, width)
        expect(page.locator("#small-map .map-class"), f"{width} px").to_have_text(DIGITS)
        assert page.evaluate(NAMES, "#small-map") == [DIGITS, []], width


def test_without_an_image_the_map_has_no_point(page: Page) -> None:
    wait_for_map(page)
    page.locator("#pad .clear").click()
    expect(page.locator(MU)).to_have_count(0)
    expect(page.locator(AT)).to_have_text("")
    draw(page, (0.5, 0.2), (0.5, 0.8))
    expect(page.locator(MU)).to_have_count(1)


def test_hovering_decodes_in_the_page(page: Page) -> None:
    wait_for_map(page)
    with page.expect_response("**/decoder/**"):
        hover(page, 0.3, 0.7)
    expect(page.locator(AT)).to_have_text(re.compile(r"^z\s=\s"))
    first = expect_decoded(page)
    page.wait_for_load_state("networkidle")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    hover(page, 0.7, 0.3)
    second = expect_decoded(page, first)
    hover(page, 0.8, 0.5)
    expect_decoded(page, second)
    assert not requests
    page.mouse.move(2, 2)
    expect(page.locator("#small-map .decoded")).to_be_hidden()
    expect(page.locator(AT)).to_have_text(POSTERIOR)


def test_arrow_keys_decode_and_escape_returns(page: Page) -> None:
    wait_for_map(page)
    own = page.locator(AT).inner_text()
    x, y = (float(value.replace("−", "-")) for value in re.findall(r"−?\d\.\d\d", own)[:2])
    page.locator("#small-map .plane").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    expect_decoded(page)
    moved = re.findall(r"−?\d\.\d\d", page.locator(AT).inner_text())
    shown = [float(value.replace("−", "-")) for value in moved]
    assert shown == pytest.approx([x + 0.1, y + 0.02], abs=0.011)
    spoken = page.locator("#small-map [aria-live]")
    expect(spoken).to_have_text(page.locator(AT).inner_text())
    page.keyboard.press("Escape")
    expect(page.locator("#small-map .decoded")).to_be_hidden()
    expect(page.locator(AT)).to_have_text(own)


def test_a_finger_decodes(phone: Page) -> None:
    wait_for_map(phone)
    phone.locator("#small-map .plane").scroll_into_view_if_needed()
    plane = box(phone, "#small-map .plane")
    phone.touchscreen.tap(plane["x"] + 0.3 * plane["width"], plane["y"] + 0.7 * plane["height"])
    expect(phone.locator(AT)).to_have_text(re.compile(r"^z\s=\s"))
    expect_decoded(phone)


def test_a_model_of_32_dimensions_has_no_map(page: Page) -> None:
    wait_for_map(page)
    page.locator("#model").get_by_text("vae-32d").click()
    expect(page.locator("#small-map")).to_be_hidden()
    settle(page)
    page.locator("#model").get_by_text("vae-2d").click()
    wait_for_map(page)


def test_the_map_is_requested_after_the_first_answer(page: Page) -> None:
    wait_for_map(page)
    events: list[str] = []

    def note(kind: str, url: str, body: str | None) -> None:
        names = {"/small_map/plane.js": "script", "/decoder/": "decoder"}
        events.extend(f"{kind} {name}" for part, name in names.items() if part in url)
        called = [name for name in ("encode", "map_points") if f'"{name}"' in (body or "")]
        events.extend(f"{kind} {name}" for name in called)

    page.on("request", lambda request: note("request", request.url, request.post_data))
    page.on(
        "response",
        lambda response: note("response", response.url, response.request.post_data),
    )
    page.reload()
    wait_for_map(page)
    answered = events.index("response encode")
    assert events.index("request script") > answered
    assert events.index("request map_points") > answered
    assert "request decoder" not in events


def test_on_a_wide_page_the_map_is_above_the_fold(page: Page) -> None:
    wait_for_map(page)
    for width, height in ((1366, 640), (1440, 760), (1920, 940)):
        resize(page, width, height)
        for selector in ("#small-map .plane", AT):
            assert box(page, selector)["bottom"] <= height, (selector, width)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_while_a_point_is_decoded(page: Page, server: str, theme: str) -> None:
    page.goto(f"{server}/?__theme={theme}")
    wait_for_map(page)
    page.locator("#small-map .plane").focus()
    page.keyboard.press("ArrowLeft")
    expect_decoded(page)
    assert findings(page, only=THEMES[theme]) == []
