"""One state behind all tabs: what is done in one shows in the others, and a link carries it on."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from app.frontend.assets import url
from tests.browser.actions import Gray, gray, open_tab
from tests.browser.conftest import visit
from tests.browser.test_latent_map import Map
from tests.browser.test_reconstruct import draw, settle

NOTICE = "#notice.shown"
STATE = ["model", "seed", "path_options", "path_at"]
GOOD = "#v=1&model=vae-2d&seed=7&walk=spherical.5&at=0.25&tab=Sample&of=digit.a&z="
CODES = "AAAAPwAAgL8AAMA_AAAAAA"  # (0.5, -1) and (1.5, 0)


def module(name: str) -> str:
    folder = "frontend/js" if name == "store.js" else "components/share_link"
    return url(f"{folder}/{name}")


def stored(page: Page | Frame, key: str) -> Any:
    """Return a value of the page's store."""
    script = f"async (key) => (await import('{module('store.js')}')).store.get(key)"
    return page.evaluate(script, key)


def wait_for_store(page: Page | Frame, condition: str, arg: Any = None) -> None:
    """Wait until a JavaScript condition on the store's `get` and `arg` holds.

    `wait_for_function` does not serve: it takes the promise of an import for a true value.
    """
    page.evaluate(
        f"""async (arg) => {{
          const {{ get }} = (await import('{module("store.js")}')).store;
          const patience = performance.now() + 30_000;
          while (!({condition})) {{
            if (performance.now() > patience) throw new Error("waited in vain");
            await new Promise((resolve) => setTimeout(resolve, 20));
          }}
        }}""",
        arg,
    )


def choose(page: Page, action: str) -> None:
    page.get_by_role("menuitem", name=action, exact=True).click()


def open_sample_menu(page: Page, steps: int = 0) -> list[float]:
    """Open the menu of a tile of the grid by keyboard; return the tile's code."""
    open_tab(page, "Sample")
    expect(page.locator("#sample-grid canvas")).to_have_attribute(
        "aria-label", re.compile("samples")
    )
    tile = page.locator("#sample-grid .tile")
    tile.focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    index = int(re.findall(r"\d+", tile.get_attribute("aria-label") or "")[0]) - 1
    code: list[float] = stored(page, "samples")["z"][index]
    return code


def expect_tab(page: Page, name: str) -> None:
    """Expect this tab to be open; on a narrow page its button may be hidden."""
    tab = page.locator("#tabs > .tab-wrapper button.selected")
    expect(tab).to_have_text(name)


def link_of(page: Page) -> str:
    """Return the link that the button copies."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(NOTICE)).to_contain_text("Link copied")
    link: str = page.evaluate("navigator.clipboard.readText()")
    return link


# What is done in one tab shows in the others


def test_a_new_drawing_moves_on_the_map(page: Page) -> None:
    settle(page)
    map_ = Map(page)
    before = map_.mark_at("map-mu")
    open_tab(page, "Reconstruct")
    draw(page, (0.5, 0.15), (0.5, 0.85))
    wait_for_store(page, "Math.abs(get('digit').mu[0] - arg) > 0.05", before[0])
    map_ = Map(page)
    mu = stored(page, "digit")["mu"]
    assert map_.mark_at("map-mu") == pytest.approx(mu, abs=0.03)
    assert map_.mark_at("map-mu") != pytest.approx(before, abs=0.03)


def test_a_click_on_the_map_is_an_end_of_the_interpolation(page: Page) -> None:
    map_ = Map(page)
    map_.choose((-1.0, 0.5), "Use as B")
    expect(page.locator(NOTICE)).to_contain_text("This is B now")
    expect_tab(page, "Latent map")
    page.get_by_role("button", name="Go to Interpolate").click()
    expect_tab(page, "Interpolate")
    expect(page.locator("#filmstrip canvas")).to_have_count(17)
    path = stored(page, "path")
    assert path["z"][-1] == pytest.approx((-1.0, 0.5), abs=0.03)


def test_a_then_b_from_one_grid(page: Page) -> None:
    codes = {}
    for end in ("a", "b"):
        codes[end] = open_sample_menu(page, steps=3)
        choose(page, f"Use as {end.upper()} in Interpolate")
        expect(page.locator(NOTICE)).to_contain_text(f"This is {end.upper()} now")
        expect_tab(page, "Sample")
    wait_for_store(page, "get('a') && get('b')")
    for end, code in codes.items():
        assert stored(page, end)["z"] == pytest.approx(code)


def test_reconstruct_takes_the_visitor_along_and_back(page: Page) -> None:
    code = open_sample_menu(page, steps=9)
    choose(page, "Reconstruct")
    expect_tab(page, "Reconstruct")
    wait_for_store(page, "get('digit')?.z[0] === arg", code[0])
    page.locator(NOTICE).get_by_role("button", name="Back to Sample").click()
    expect_tab(page, "Sample")
    expect(page.locator(NOTICE)).to_have_count(0)


@pytest.mark.parametrize("model", ["vae-2d", "vae-32d"])
def test_a_sample_is_shown_on_the_map(page: Page, model: str) -> None:
    """At its own code, in all its dimensions: the map decodes the very image."""
    page.locator("#model").get_by_text(model).click()
    wait_for_store(page, "get('about')?.name === arg", model)
    open_tab(page, "Sample")
    wait_for_store(page, "get('samples')?.model === arg", model)
    code = open_sample_menu(page, steps=1)
    sample = gray(page.locator("#sample-grid canvas"))[:28, 28:56]
    choose(page, "Show on map")
    expect_tab(page, "Latent map")
    assert stored(page, "pinned")["z"] == pytest.approx(code)
    map_ = Map(page)
    expect(map_.shown).to_contain_text("The image you chose")
    expect(page.locator(".map-cross.shown")).to_have_count(1)
    map_.until(lambda shown: differ_at_most_by_one(shown, sample))
    # Escape goes back to the visitor's digit, and so does a new one.
    map_.plane.focus()
    page.keyboard.press("Escape")
    expect(map_.shown).to_contain_text("Your image")
    expect(page.locator(".map-cross.shown")).to_have_count(0)


def test_a_new_digit_takes_the_place_off_the_map(page: Page) -> None:
    open_sample_menu(page)
    choose(page, "Show on map")
    expect_tab(page, "Latent map")
    open_tab(page, "Reconstruct")
    page.get_by_role("button", name="Start from a ready 7").click()
    assert stored(page, "pinned") is None


@pytest.mark.parametrize("image", ["seen", "reconstruction"])
def test_the_visitors_digit_is_shown_on_the_map(page: Page, image: str) -> None:
    settle(page)
    page.locator(f"#{image} canvas").click()
    choose(page, "Show on map")
    expect_tab(page, "Latent map")
    digit = stored(page, "digit")
    assert stored(page, "pinned")["z"] == pytest.approx(digit["mu"], abs=1e-4)


def test_what_is_the_digit_already_is_not_offered_as_one(page: Page) -> None:
    settle(page)
    page.locator("#seen canvas").click()
    expect(page.get_by_role("menuitem")).to_have_text(
        ["Use as A in Interpolate", "Use as B in Interpolate", "Show on map"]
    )


def test_the_strip_and_the_cross_fade_have_the_menu(page: Page) -> None:
    open_tab(page, "Interpolate")
    frames = page.locator("#filmstrip canvas")
    expect(frames).to_have_count(17)
    frames.nth(4).click(button="right")
    choose(page, "Show on map")
    expect_tab(page, "Latent map")
    assert stored(page, "pinned")["z"] == pytest.approx(stored(page, "path")["z"][4])
    open_tab(page, "Interpolate")
    page.locator("#interpolation-preview-fade canvas").click()
    choose(page, "Reconstruct")
    expect_tab(page, "Reconstruct")
    assert stored(page, "source").get("z") is None


def test_a_finger_is_taken_to_a_folded_tab(phone: Page) -> None:
    settle(phone)
    phone.locator("#reconstruction canvas").tap()
    phone.get_by_role("menuitem", name="Show on map").tap()
    expect_tab(phone, "Latent map")
    expect(phone.locator("#decoded canvas")).to_be_in_viewport(ratio=0.99)
    phone.get_by_role("button", name="Back to Reconstruct").tap()
    expect(phone.locator("#pad canvas")).to_be_in_viewport(ratio=0.99)


# Links


def test_a_link_brings_all_of_it_to_another_visitor(
    page: Page, desktop: BrowserContext, server: str
) -> None:
    settle(page)
    page.locator("#model").get_by_text("vae-32d").click()
    draw(page, (0.3, 0.2), (0.7, 0.2), (0.4, 0.85))
    open_sample_menu(page, steps=5)
    choose(page, "Use as A in Interpolate")
    page.get_by_label("Seed").fill("42")
    open_tab(page, "Interpolate")
    expect(page.locator("#filmstrip canvas")).to_have_count(17)
    page.get_by_label("Spherical").check()
    page.get_by_label("Steps", exact=True).fill("5")
    expect(page.locator("#filmstrip canvas")).to_have_count(5)
    page.locator("#filmstrip .frame").nth(1).click()
    wait_for_store(page, "get('path')?.z.length === 5 && get('b')?.model === 'vae-32d'")
    frames = [gray(frame) for frame in page.locator("#filmstrip canvas").all()]
    digit = stored(page, "digit")

    link = link_of(page)
    assert link.startswith(f"{server}/#tab=Interpolate&model=vae-32d&seed=42&")
    assert len(link) < 1000
    with visit(desktop, link) as other:
        expect(other.get_by_label("vae-32d")).to_be_checked()
        expect_tab(other, "Interpolate")
        expect(other.locator("#filmstrip canvas")).to_have_count(5)
        wait_for_store(other, "get('digit') && get('path')")
        for key in STATE:
            assert stored(other, key) == stored(page, key), key
        assert stored(other, "a")["z"] == pytest.approx(stored(page, "a")["z"], abs=1e-6)
        for frame, wanted in zip(other.locator("#filmstrip canvas").all(), frames, strict=True):
            assert differ_at_most_by_one(gray(frame), wanted)
        # The drawing came as itself, with the same numbers, and can be taken back.
        assert stored(other, "digit")["seen"] == digit["seen"]
        assert stored(other, "digit")["z"] == pytest.approx(digit["z"], abs=1e-6)
        assert link_of(other) == link
        open_tab(other, "Reconstruct")
        expect(other.locator("#pad .hint")).to_have_text("")
        other.locator("#pad").get_by_role("button", name="Undo").click()
        wait_for_store(other, "get('source') === null")


def differ_at_most_by_one(one: Gray, other: Gray) -> bool:
    """Return whether levels agree up to rounding, which may differ between batches."""
    return bool(np.abs(one.astype(int) - other).max() <= 1)


def test_the_link_of_an_untouched_page_is_its_address(page: Page, server: str) -> None:
    settle(page)
    open_tab(page, "Interpolate")  # its ready digits are on every page
    expect(page.locator("#filmstrip canvas")).to_have_count(17)
    open_tab(page, "Reconstruct")
    assert link_of(page) == f"{server}/"


def test_another_link_pasted_into_the_window(page: Page, server: str) -> None:
    settle(page)
    page.goto(f"{server}/{GOOD}{CODES}")
    wait_for_store(page, "get('digit')?.z[1] === -1")
    assert stored(page, "seed") == 7
    expect_tab(page, "Sample")
    page.goto(
        f"{server}/{GOOD.replace('seed=7', 'seed=8').replace('tab=Sample', 'tab=Moon')}{CODES}"
    )
    wait_for_store(page, "get('seed') === 8")
    expect_tab(page, "Sample")


BAD = {
    "of a model that is not here": (GOOD.replace("vae-2d", "vae-9d") + CODES, "vae-9d"),
    "of another version": (GOOD.replace("v=1", "v=2") + CODES, "another version"),
    "without its end": ((GOOD + CODES)[:-1], "cut short"),
    "without its codes": (GOOD.removesuffix("&z="), "cut short"),
    "half": (GOOD[:30], "cut short"),
    "with fewer codes than it names": (GOOD + CODES[:11], "1 numbers, those of vae-2d have 2"),
    "of codes of another length": (GOOD.replace("of=digit.a", "of=digit") + CODES, "4 numbers"),
    "with no number": (GOOD + "AADAfwAAgL8AAMA_AAAAAA", "cut short"),  # NaN
    "with an infinite one": (GOOD + "AACAfwAAgL8AAMA_AAAAAA", "cut short"),
    "with one too large": (GOOD + "AGAcRgFAHEYAAMA_AAAAAA", "cut short"),  # 10000.25
    "with other letters": (GOOD + "AAAAPwAAgL8AAMA!AAAAAA", "cut short"),
    "with a strange seed": (GOOD.replace("seed=7", "seed=-7") + CODES, "cut short"),
    "with a strange method": (GOOD.replace("spherical.5", "round.5") + CODES, "cut short"),
    "with too many steps": (GOOD.replace("spherical.5", "linear.500") + CODES, "cut short"),
    "with a strange key": (GOOD.replace("digit.a", "digit.__proto__") + CODES, "cut short"),
    "with markup": (GOOD.replace("vae-2d", "<img src=x onerror=alert(1)>") + CODES, "<img src=x"),
    "far too long": (GOOD + CODES * 2000, "cut short"),
    "of garbage": ("#v=1&%E0%A4%A&&==&v=1", "cut short"),
}


def test_bad_links_get_a_sentence_and_change_nothing(page: Page, server: str) -> None:
    settle(page)
    before = {key: stored(page, key) for key in [*STATE, "digit"]}
    for what, (link, reason) in BAD.items():
        page.goto(f"{server}/{link}")
        notice = page.locator(NOTICE)
        expect(notice, what).to_contain_text("This link cannot be opened")
        expect(notice, what).to_contain_text(reason)
        assert {key: stored(page, key) for key in before} == before, what
        assert page.locator("#notice img").count() == 0
        page.evaluate(
            f"async () => (await import('{module('store.js')}')).store.set({{notice: null}})"
        )
        expect(notice).to_have_count(0)
    page.goto(f"{server}/#elbo")  # an address with another hash is not a link
    assert stored(page, "notice") is None


def test_a_page_opened_with_a_bad_link_works(desktop: BrowserContext, server: str) -> None:
    with visit(desktop, f"{server}/{GOOD}") as page:
        expect(page.locator(NOTICE)).to_contain_text("This link cannot be opened")
        settle(page)  # the ready digit is there, as without a link
        expect(page.locator("#pad .hint")).to_have_text("Draw here")
        before = stored(page, "digit")["mu"]
        draw(page, (0.5, 0.2), (0.5, 0.8))
        wait_for_store(page, "get('digit').mu[0] !== arg", before[0])


def test_a_link_leads_to_the_page_around_a_space(page: Page, server: str) -> None:
    address = f"async (space) => (await import('{module('share.js')}')).address(space)"
    page.evaluate("history.replaceState(null, '', '?__sign=secret')")
    assert page.evaluate(address, None) == f"{server}/"
    assert page.evaluate(address, "ada/vae") == "https://huggingface.co/spaces/ada/vae"


# In a frame on another origin, as on a Space

FRAME = """<!doctype html><title>A page around it</title>
<iframe style="width: 100%; height: 850px; border: 0"></iframe>
<script>document.querySelector("iframe").src = "{server}/" + location.hash;</script>"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def framed(server: str, tmp_path: Path) -> Iterator[str]:
    """Serve a page that shows the app in a frame and passes its hash to it; yield its address."""
    (tmp_path / "index.html").write_text(FRAME.replace("{server}", server))
    handler: Callable[..., Quiet] = partial(Quiet, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as outer:
        Thread(target=outer.serve_forever, daemon=True).start()
        yield f"http://localhost:{outer.server_port}/"
        outer.shutdown()


def app_in(page: Page, server: str) -> Frame:
    """Return the app's frame, once it is there."""
    page.frame_locator("iframe").locator("#tabs").wait_for()
    return next(frame for frame in page.frames if frame.url.startswith(server))


@pytest.mark.parametrize("width", [1440, 390])
def test_in_a_frame_of_another_origin(
    browser: Browser, server: str, framed: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{framed}{GOOD}{CODES}")
    app = app_in(page, server)
    wait_for_store(app, "get('digit')?.z[1] === -1 && get('a')?.z[0] === 1.5")
    assert stored(app, "seed") == 7
    expect(app.locator("#tabs > .tab-wrapper button.selected")).to_have_text("Sample")

    tile = app.locator("#sample-grid .tile")
    expect(tile).to_be_visible()  # once the samples are there; a key press would not wait for it
    tile.press("Enter")
    app.get_by_role("menuitem", name="Reconstruct").click()
    pad = app.locator("#pad canvas")
    expect(pad).to_be_in_viewport(ratio=0.99)
    wait_for_store(app, "get('digit')?.z[1] !== -1")
    before = stored(app, "digit")["mu"][0]
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.8, steps=8)
    page.mouse.up()
    wait_for_store(app, "get('digit').mu[0] !== arg", before)

    app.get_by_role("button", name="Copy link").click()  # the frame has no right to the clipboard
    field = app.get_by_label("Link", exact=True)
    expect(field).to_be_focused()
    link = field.input_value()
    assert link.startswith(f"{server}/#")
    assert field.evaluate(
        "({ value, selectionStart, selectionEnd }) => "
        "selectionStart === 0 && selectionEnd === value.length"
    )
    field.press("Escape")
    expect(field).to_have_count(0)
    drawn = parse_qs(link.partition("#")[2])["drawing"]
    page.goto("about:blank")
    page.goto(framed + link.removeprefix(f"{server}/"))
    app = app_in(page, server)
    wait_for_store(app, "get('digit') && get('source').drawing")
    app.get_by_role("button", name="Copy link").click()
    again = app.get_by_label("Link", exact=True).input_value()
    assert parse_qs(again.partition("#")[2])["drawing"] == drawn
    context.close()
