"""The Latent map tab in the real page."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from app.frontend.assets import url
from tests.browser.actions import Gray, expect_no_sideways_scroll, gray_when, open_tab
from tests.browser.test_widths import resize

Point = tuple[float, float]
STORE = url("frontend/js/store.js")
DIGITS = [str(digit) for digit in range(10)]

# Plotly's own account of its axes: the plot's box on the screen, and what it shows.
AXES = """() => {
  const host = document.querySelector("#latent-map .map-plot");
  const box = host.getBoundingClientRect();
  const { xaxis, yaxis } = host._fullLayout;
  return {
    left: box.left + xaxis._offset, top: box.top + yaxis._offset,
    width: xaxis._length, height: yaxis._length, x: xaxis.range, y: yaxis.range,
  };
}"""


class Map:
    """The opened map, in coordinates of its plane."""

    def __init__(self, page: Page) -> None:
        self.page = page
        open_tab(page, "Latent map")
        self.plane = page.locator("#latent-map")
        self.canvas = page.locator("#decoded canvas")
        self.where = page.locator(".map-at")
        self.shown = page.locator(".map-shown")
        expect(page.locator("#latent-map .main-svg").first).to_be_visible(timeout=60_000)
        expect(page.locator(".map-wait")).to_be_hidden(timeout=60_000)
        expect(self.marks("map-mu")).to_have_count(1)
        self.plane.scroll_into_view_if_needed()

    def axes(self) -> dict[str, Any]:
        axes: dict[str, Any] = self.page.evaluate(AXES)
        return axes

    def on_screen(self, point: Point) -> Point:
        axes = self.axes()
        across = (point[0] - axes["x"][0]) / (axes["x"][1] - axes["x"][0])
        down = (axes["y"][1] - point[1]) / (axes["y"][1] - axes["y"][0])
        return axes["left"] + across * axes["width"], axes["top"] + down * axes["height"]

    def hover(self, point: Point) -> None:
        self.page.mouse.move(*self.on_screen(point))

    def choose(self, point: Point, action: str) -> None:
        self.page.mouse.click(*self.on_screen(point))
        self.page.get_by_role("menuitem", name=action).click()

    def marks(self, name: str) -> Locator:
        return self.page.locator(f"#latent-map .map-overlay .{name}")

    def mark_at(self, name: str) -> Point:
        """Return a mark's position on the plane."""
        transform = self.marks(name).first.get_attribute("transform") or ""
        found = re.match(r"translate\((\S+) (\S+)\)", transform)
        assert found, transform
        axes = self.axes()
        x = axes["x"][0] + float(found[1]) / axes["width"] * (axes["x"][1] - axes["x"][0])
        y = axes["y"][1] - float(found[2]) / axes["height"] * (axes["y"][1] - axes["y"][0])
        return x, y

    def store(self, key: str) -> Any:
        script = f"async key => (await import('{STORE}')).store.get(key)"
        return self.page.evaluate(script, key)

    def until(self, true: Callable[[Gray], bool]) -> Gray:
        """Return the decoded image once the condition holds."""
        return gray_when(self.canvas, true)


def numbers(text: Locator) -> Point:
    found = re.findall(r"[−-]?\d+\.\d+", text.inner_text())
    x, y = (float(value.replace("−", "-")) for value in found)
    return x, y


def test_the_decode_follows_the_pointer_and_leaving_restores_the_digit(page: Page) -> None:
    map_ = Map(page)
    expect(map_.shown).to_contain_text("Your image")
    own = map_.until(lambda image: bool(image.any()))
    map_.hover((-2.5, 2.5))  # where no point is
    expect(map_.where).to_have_text("z = (−2.50, 2.50)")
    expect(map_.shown).to_have_text("Decoded at the pointer")
    first = map_.until(lambda image: not np.array_equal(image, own))
    map_.hover((1.5, -1.0))
    map_.until(lambda image: not np.array_equal(image, first))
    page.mouse.move(2, 2)
    expect(map_.shown).to_contain_text("Your image")
    map_.until(lambda image: np.array_equal(image, own))


def test_the_server_decodes_until_the_page_can(page: Page) -> None:
    page.route("**/decoder/**", lambda route: None)  # never answered
    page.reload()
    page.locator("#elbo .total").wait_for()
    map_ = Map(page)
    map_.hover((-1.0, 1.0))
    first = map_.until(lambda image: bool(image.any()))
    map_.hover((1.5, -1.0))
    map_.until(lambda image: not np.array_equal(image, first))


def test_a_decode_off_the_data_is_marked(page: Page) -> None:
    map_ = Map(page)
    map_.hover((0.0, 0.0))
    expect(map_.shown).to_have_text("Decoded at the pointer")
    expect(page.locator(".off-data")).to_have_count(0)
    map_.hover((3.3, -3.3))
    expect(page.locator("#decoded.off-data")).to_be_visible()
    expect(page.locator(".map-cross.off-data")).to_be_visible()
    expect(page.locator(".map-off")).to_contain_text("Off the data")
    page.mouse.move(2, 2)
    expect(page.locator(".off-data")).to_have_count(0)


def test_the_posterior_is_to_scale_and_stays_so(page: Page) -> None:
    map_ = Map(page)
    digit = map_.store("digit")

    def check() -> None:
        axes = map_.axes()
        unit = axes["width"] / (axes["x"][1] - axes["x"][0])
        assert axes["height"] / (axes["y"][1] - axes["y"][0]) == pytest.approx(unit, rel=0.01)
        assert map_.mark_at("map-mu") == pytest.approx(digit["mu"], abs=0.02)
        for sigmas in (1, 2):
            ellipse = page.locator(f"#latent-map .map-posterior[data-sigmas='{sigmas}']")
            semi = [float(ellipse.get_attribute(side) or 0) / unit for side in ("rx", "ry")]
            wanted = [sigmas * std for std in sorted(digit["std"], reverse=True)]
            assert semi == pytest.approx(wanted, rel=0.02)

    check()
    before = map_.axes()["x"]
    map_.hover((0, 0))
    page.mouse.wheel(0, -600)
    page.wait_for_function(f"before => ({AXES})().x[0] > before + 0.1", arg=before[0])
    page.wait_for_timeout(500)  # Plotly redraws once the wheel rests
    check()
    page.locator(".modebar-btn[data-val=reset]").click()
    page.wait_for_function(f"before => ({AXES})().x[0] === before", arg=before[0])


def test_a_drag_moves_the_plane_under_the_pointer_and_opens_no_menu(page: Page) -> None:
    map_ = Map(page)
    x, y = map_.on_screen((0.5, 0.5))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y - 40, steps=8)
    page.mouse.up()
    page.wait_for_function(f"() => ({AXES})().x[0] < -3.6")
    assert map_.on_screen((0.5, 0.5)) == pytest.approx((x + 80, y - 40), abs=3)
    expect(page.get_by_role("menu")).to_have_count(0)


def test_a_click_makes_ends_of_the_path_and_the_digit(page: Page) -> None:
    map_ = Map(page)
    map_.choose((-1.0, 0.5), "Use as A")
    map_.choose((1.2, -0.7), "Use as B")
    expect(map_.marks("map-mark-name")).to_have_text(["A", "B"])
    assert map_.mark_at("map-mark") == pytest.approx((-1.0, 0.5), abs=0.03)
    assert map_.store("a")["z"] == pytest.approx((-1.0, 0.5), abs=0.03)
    map_.choose((-0.5, -1.0), "Reconstruct")
    open_tab(page, "Latent map")
    expect(map_.marks("map-z")).to_have_count(1)
    assert map_.mark_at("map-z") == pytest.approx((-0.5, -1.0), abs=0.03)


def test_a_click_outside_the_menu_only_closes_it(page: Page) -> None:
    map_ = Map(page)
    page.mouse.click(*map_.on_screen((0.0, 1.0)))
    expect(page.get_by_role("menu")).to_have_count(1)
    page.mouse.click(*map_.on_screen((-2.0, -2.0)))
    expect(page.get_by_role("menu")).to_have_count(0)


def test_arrows_move_z_and_say_where(page: Page) -> None:
    map_ = Map(page)
    x, y = map_.store("digit")["z"]
    map_.plane.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(map_.shown).to_have_text("Decoded at the cross")
    moved = ", ".join(f"{value:.2f}".replace("-", "−") for value in (x + 0.18, y + 0.12))
    expect(map_.where).to_have_text(f"z = ({moved})")
    expect(page.locator("#map-and-decode .map-announce")).to_contain_text(f"z = ({moved})")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Use as A")).to_be_focused()
    page.keyboard.press("Escape")
    expect(map_.plane).to_be_focused()
    page.keyboard.press("Escape")
    expect(map_.shown).to_contain_text("Your image")


def test_the_legend_filters_points_and_names(page: Page) -> None:
    map_ = Map(page)
    expect(map_.marks("map-class")).to_have_text(DIGITS)
    four = page.locator(".map-legend").get_by_role("button", name="4")
    four.click()
    expect(map_.marks("map-class")).to_have_text([digit for digit in DIGITS if digit != "4"])
    four.dblclick()  # after two clicks it is where it was, and then alone
    expect(map_.marks("map-class")).to_have_text(["4"])
    four.dblclick()
    expect(map_.marks("map-class")).to_have_text(DIGITS)


# For each label on the map: whether the nearest center of a class is that of its own class.
LABELS_AT_HOME = """() => {
  const host = document.querySelector("#latent-map .map-plot");
  const { xaxis, yaxis } = host._fullLayout;
  const homes = host.data.filter(({ meta }) => meta).map(({ meta }) => {
    const [x, y] = meta.home;
    return [meta.class, xaxis.d2p(x), yaxis.d2p(y)];
  });
  return [...document.querySelectorAll("#latent-map .map-class")].map((label) => {
    const { e: left, f: top } = label.transform.baseVal[0].matrix;
    const far = ([, x, y]) => Math.hypot(x - left, y - top);
    const nearest = homes.reduce((one, other) => (far(other) < far(one) ? other : one));
    return nearest[0] === label.textContent;
  });
}"""


# The names of classes on the map in an element, and the pairs of them whose letters overlap.
NAMES = """map => {
  const names = [...document.querySelectorAll(`${map} .map-class`)].map((label) => {
    const { left, right, top, bottom } = label.getBoundingClientRect();
    const half = 0.36 * parseFloat(getComputedStyle(label).fontSize); // of a digit's height
    const middle = (top + bottom) / 2;
    return { name: label.textContent, left, right, top: middle - half, bottom: middle + half };
  });
  const overlap = (one, other) => one.left < other.right && other.left < one.right
    && one.top < other.bottom && other.top < one.bottom;
  const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other]))
    .filter(([one, other]) => overlap(one, other));
  return [names.map(({ name }) => name), pairs.map(([one, other]) => one.name + other.name)];
}"""


@pytest.mark.parametrize("model", ["vae-2d", "vae-32d"])
def test_every_class_has_its_name_at_every_width(page: Page, model: str) -> None:
    map_ = Map(page)
    page.locator("#model").get_by_text(model).click()
    expect(page.locator(".map-stale")).to_have_count(0)
    for width in (360, 390, 641, 820, 1024, 1366, 1440, 1920):
        resize(page, width)
        expect(map_.marks("map-class"), f"{width} px").to_have_text(DIGITS)
        assert page.evaluate(NAMES, "#latent-map") == [DIGITS, []], width
        assert all(page.evaluate(LABELS_AT_HOME)), width
    open_tab(page, "Interpolate")  # A and B cover some of the places
    open_tab(page, "Latent map")
    expect(map_.marks("map-mark-name")).to_have_text(["A", "B"])
    for width in (360, 820, 1440):
        resize(page, width)
        expect(map_.marks("map-class"), f"{width} px").to_have_text(DIGITS)
        assert page.evaluate(NAMES, "#latent-map") == [DIGITS, []], width


def test_another_model_brings_another_map(page: Page) -> None:
    map_ = Map(page)
    page.locator("#model").get_by_text("vae-32d").click()
    expect(page.locator(".map-note")).to_contain_text("two leading principal components")
    expect(page.locator(".map-note")).to_contain_text("the other 30 coordinates stay")
    expect(page.locator(".map-stale")).to_have_count(0)
    map_.hover((1.0, 1.0))
    expect(map_.where).to_have_text("on the plane (1.00, 1.00)")


def test_layers_are_off_until_they_are_asked_for(page: Page) -> None:
    open_tab(page, "Sample")
    expect(page.locator("#sample-grid canvas")).to_have_attribute("aria-label", "64 samples")
    map_ = Map(page)
    page.locator(".map-layers summary").click()
    boxes = page.locator(".map-layers input")
    assert [boxes.nth(i).is_checked() for i in range(boxes.count())] == [False] * 4
    expect(map_.marks("map-sample")).to_have_count(0)
    page.get_by_role("checkbox", name="Samples").check()
    expect(map_.marks("map-sample")).to_have_count(64)
    page.get_by_label("Decoded images").check()
    image = page.locator("#latent-map .main-svg image")
    expect(image).to_have_count(1)
    page.get_by_label("Decoded images").uncheck()
    expect(image).to_have_count(0)


def test_the_theme_changes_the_axes_too(page: Page) -> None:
    Map(page)
    color = "() => getComputedStyle(document.querySelector('#latent-map .xtick text')).fill"
    before = page.evaluate(color)
    page.evaluate("document.body.classList.toggle('dark')")
    page.wait_for_function(f"before => ({color})() !== before", arg=before)


def test_a_finger_decodes_and_does_not_scroll(phone: Page) -> None:
    map_ = Map(phone)
    own = map_.until(lambda image: bool(image.any()))
    scrolled = phone.evaluate("scrollY")
    range_before = map_.axes()["x"]
    touches = phone.context.new_cdp_session(phone)
    for kind, point in (("Start", (-1.0, 1.0)), ("Move", (0.0, 0.5)), ("Move", (1.5, -1.5))):
        x, y = map_.on_screen(point)
        event = {"type": f"touch{kind}", "touchPoints": [{"x": x, "y": y}]}
        touches.send("Input.dispatchTouchEvent", event)
    expect(map_.where).to_have_text("z = (1.50, −1.50)")
    map_.until(lambda image: not np.array_equal(image, own))
    touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert phone.evaluate("scrollY") == scrolled
    assert map_.axes()["x"] == range_before
    expect(phone.get_by_role("menu")).to_have_count(0)


def test_two_fingers_move_and_stretch_the_plane_under_them(phone: Page) -> None:
    map_ = Map(phone)
    map_.plane.scroll_into_view_if_needed()
    touches = phone.context.new_cdp_session(phone)

    def touch(kind: str, *points: Point) -> None:
        places = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    one, other = map_.on_screen((-1.0, 0.0)), map_.on_screen((1.0, 0.0))
    wider, lower = (one[0] - 30, one[1] + 20), (other[0] + 30, other[1] + 20)
    touch("touchStart", one)
    touch("touchStart", one, other)
    touch("touchMove", wider, lower)
    phone.wait_for_function(f"() => ({AXES})().x[0] > -3.2")
    assert map_.on_screen((-1.0, 0.0)) == pytest.approx(wider, abs=1.5)
    assert map_.on_screen((1.0, 0.0)) == pytest.approx(lower, abs=1.5)
    touch("touchEnd")
    expect(phone.get_by_role("menu")).to_have_count(0)


def test_a_tap_opens_the_menu(phone: Page) -> None:
    map_ = Map(phone)
    phone.touchscreen.tap(*map_.on_screen((1.0, 1.0)))
    phone.get_by_role("menuitem", name="Use as A").tap()
    expect(map_.marks("map-mark-name")).to_have_text(["A"])
    assert map_.store("a")["z"] == pytest.approx((1.0, 1.0), abs=0.05)


def test_a_phone_shows_map_and_decode_at_once(phone: Page) -> None:
    map_ = Map(phone)
    map_.canvas.scroll_into_view_if_needed()
    expect(map_.canvas).to_be_in_viewport(ratio=0.99)
    map_.plane.scroll_into_view_if_needed()
    expect(map_.plane).to_be_in_viewport(ratio=0.9)
    expect(map_.canvas).to_be_in_viewport(ratio=0.99)
    expect_no_sideways_scroll(phone)
