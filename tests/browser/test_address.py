"""The address follows the state, and opening it restores the state."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.actions import changed, gray_when, open_tab
from tests.browser.conftest import visit
from tests.browser.test_latent_map import Map
from tests.browser.test_linked_state import (
    choose,
    expect_tab,
    module,
    open_sample_menu,
    stored,
    wait_for_store,
)
from tests.browser.test_reconstruct import draw, paper_with_a_seven, settle, upload


def expect_address(page: Page, **fields: str) -> None:
    """Expect the hash to have exactly these fields."""
    page.wait_for_function(
        """fields => {
          const found = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
          const sorted = (object) => JSON.stringify(Object.entries(object).sort());
          return sorted(found) === sorted(fields);
        }""",
        arg=fields,
    )


def wait_for_address(page: Page) -> None:
    """Wait until the address has all of the present state."""
    page.evaluate(
        f"""async () => {{
          const {{ currentHash }} = await import('{module("address.js")}');
          const patience = performance.now() + 30_000;
          while (location.hash !== currentHash()) {{
            if (performance.now() > patience) throw new Error("waited in vain");
            await new Promise((resolve) => setTimeout(resolve, 20));
          }}
        }}"""
    )


def expect_same_numbers_after_a_reload(page: Page, restored: str) -> None:
    """Reload, wait for a condition on the restored source, and compare its encoding."""
    wait_for_address(page)
    before = stored(page, "digit")
    page.reload()
    settle(page)
    wait_for_store(page, f"get('digit') && {restored}")
    after = stored(page, "digit")
    assert after["seen"] == before["seen"]
    assert after["mu"] == pytest.approx(before["mu"], abs=1e-6)


def test_the_first_state_needs_no_hash_and_the_title_names_the_tab(page: Page) -> None:
    settle(page)
    expect(page).to_have_title("Reconstruct – Variational autoencoder")
    assert urlsplit(page.url).fragment == ""
    open_tab(page, "Sample")
    expect(page).to_have_title("Sample – Variational autoencoder")
    expect_address(page, tab="Sample")


def test_a_tab_that_is_opened_while_the_page_loads_stays_open(page: Page) -> None:
    open_tab(page, "Sample")
    expect_address(page, tab="Sample")
    expect_tab(page, "Sample")


def test_back_goes_to_the_tab_before_and_forward_again(page: Page) -> None:
    settle(page)
    entries = page.evaluate("history.length")
    open_tab(page, "Sample")
    page.get_by_label("Temperature T", exact=True).fill("0.5")
    expect_address(page, tab="Sample", temperature="0.5")
    open_tab(page, "Latent map")
    expect_address(page, tab="Latent map", temperature="0.5")
    assert page.evaluate("history.length") == entries + 2  # moving replaces the entry
    page.go_back()
    expect_tab(page, "Sample")
    assert stored(page, "temperature") == 0.5
    page.go_back()
    expect_tab(page, "Reconstruct")
    assert stored(page, "temperature") == 1
    page.go_forward()
    expect_tab(page, "Sample")
    assert stored(page, "temperature") == 0.5


def test_an_address_opens_panels_and_stages(desktop: BrowserContext, server: str) -> None:
    with visit(desktop, f"{server}/#tab=Compare&compare=codes&dimensions=32") as page:
        expect(page.locator('[data-panel="codes"]')).to_have_attribute("open", "")
        expect(page.locator('[data-panel="reconstruct"][open]')).to_have_count(0)
        expect(page.get_by_label("32 dimensions")).to_be_checked()
        open_tab(page, "Objective")
        expect_address(page, tab="Objective", compare="codes", dimensions="32")
    with visit(desktop, f"{server}/#tab=Objective&lambda=4") as page:
        expect(page.locator("[data-text=terms]")).to_contain_text("λ = 4:")
    with visit(desktop, f"{server}/#tab=How+it+works&step=kl&model=vae-32d") as page:
        expect(page.locator('#slow-pass [data-panel="kl"]')).to_be_visible()
        expect(page.get_by_label("vae-32d")).to_be_checked()
        page.keyboard.press("ArrowRight")
        expect_address(page, tab="How it works", step="elbo", model="vae-32d")
    with visit(desktop, f"{server}/#tab=Latent+map&layers=grid") as page:
        expect(page.locator("[data-layer=grid]").first).to_be_checked()


def test_an_address_sets_the_controls_of_panels(desktop: BrowserContext, server: str) -> None:
    compare = "tab=Compare&damage=occlusion&share=0.5&prior=mixture"
    with visit(desktop, f"{server}/#{compare}") as page:
        panels = page.locator("#compare_panels")
        expect(panels.get_by_label("a gray patch")).to_be_checked()
        expect(panels.get_by_label("Share of the image", exact=True)).to_have_value("0.5")
        panels.locator("[data-panel=sample] > summary").click()
        expect(panels.get_by_label("a fitted mixture").filter(visible=True)).to_be_checked()
        panels.get_by_label("N(0, I)").filter(visible=True).check()
        expect_address(page, tab="Compare", compare="sample", damage="occlusion", share="0.5")
    objective = "tab=Objective&objective=heads&a=1.25&snapshot=3"
    with visit(desktop, f"{server}/#{objective}") as page:
        panels = page.locator("#objective_panels")
        expect(panels.locator("[data-text=a]")).to_have_text("1.25")
        panels.locator("[data-panel=replay] > summary").click()
        expect(panels.get_by_label("Step of the training")).to_have_value("3")
        expect_address(page, tab="Objective", objective="replay", a="1.25", snapshot="3")
    with visit(desktop, f"{server}/#tab=Sample&pixels=1") as page:
        expect(page.get_by_text("x ~ p(x|z): each pixel")).to_be_visible()
    with visit(desktop, f"{server}/#tab=How+it+works&step=mu&traced=study%2Fae") as page:
        expect(page.get_by_label("plain autoencoder")).to_be_checked()
        expect(page.locator("#slow-pass .pass[data-head=none]")).to_be_visible()


def test_a_reload_brings_a_drawing_back_with_the_same_numbers(page: Page) -> None:
    settle(page)
    first = stored(page, "digit")["mu"]
    draw(page, (0.3, 0.2), (0.7, 0.2), (0.4, 0.85))
    wait_for_store(page, "get('digit').mu[0] !== arg", first[0])
    expect_same_numbers_after_a_reload(page, "get('source').drawing.strokes.length === 1")
    assert "#drawing=" in page.url
    assert len(page.url) < 1000


def test_a_reload_brings_an_upload_back_with_the_same_numbers(page: Page) -> None:
    settle(page)
    first = stored(page, "digit")["mu"]
    upload(page, "seven.png", paper_with_a_seven())
    wait_for_store(page, "get('digit') && get('digit').mu[0] !== arg", first[0])
    expect_same_numbers_after_a_reload(page, "get('source').prepared")
    assert "#image=" in page.url


def test_a_reload_keeps_a_and_b_and_a_code_on_the_map(page: Page) -> None:
    code = open_sample_menu(page, steps=3)
    choose(page, "Use as A in Interpolate")
    open_tab(page, "Interpolate")
    wait_for_store(page, "get('path')")
    eight = stored(page, "path")["z"][-1]
    page.locator("#interpolate-b-pad").get_by_role("button", name="Start from a ready 7").click()
    wait_for_store(page, "get('path').z.at(-1)[0] !== arg", eight[0])
    path = stored(page, "path")["z"]
    open_sample_menu(page, steps=1)
    choose(page, "Show on map")
    expect_tab(page, "Latent map")
    pinned = stored(page, "pinned")
    wait_for_address(page)
    page.reload()
    wait_for_store(page, "get('path') && get('pinned')")
    assert stored(page, "a")["z"] == pytest.approx(code, abs=1e-6)
    assert np.allclose(stored(page, "path")["z"], path, atol=1e-5)
    assert stored(page, "pinned")["model"] == pinned["model"]
    assert stored(page, "pinned")["z"] == pytest.approx(pinned["z"], abs=1e-6)
    expect(page.locator("#latent-map .map-cross.shown")).to_have_count(1, timeout=30_000)


def test_the_view_of_the_map_is_in_the_address(page: Page) -> None:
    map_ = Map(page)
    whole = map_.axes()["x"]
    map_.plane.press("+")
    map_.plane.press("+")
    wait_for_address(page)
    assert "view=" in page.url
    near = map_.axes()["x"]
    assert near[1] - near[0] == pytest.approx(0.64 * (whole[1] - whole[0]), abs=1e-3)
    page.reload()
    map_ = Map(page)
    assert map_.axes()["x"] == pytest.approx(near, abs=1e-3)
    map_.plane.press("0")
    expect_address(page, tab="Latent map")


def test_the_classes_that_the_legend_hides_are_in_the_address(page: Page) -> None:
    map_ = Map(page)
    four, seven = (
        page.locator(".map-legend").get_by_role("button", name=name) for name in ("4", "7")
    )
    seven.click()
    four.click()
    expect_address(page, tab="Latent map", classes_off="7,4")
    page.reload()
    map_ = Map(page)
    shown = [str(digit) for digit in range(10) if digit not in (4, 7)]
    expect(map_.marks("map-class")).to_have_text(shown)
    expect(four).to_have_attribute("aria-pressed", "false")
    four.click()
    seven.click()
    expect_address(page, tab="Latent map")


def test_moved_latent_sliders_are_in_the_address(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Details").click()
    sliders = page.locator("#latent-sliders")
    sliders.scroll_into_view_if_needed()
    slider = sliders.get_by_label("Latent dimension 1", exact=True)
    current = sliders.locator(".current canvas")
    own = gray_when(current, lambda levels: bool(levels.any()))
    slider.press("Home")
    moved = changed(current, own)
    wait_for_address(page)
    assert "sliders=" in page.url
    page.reload()
    settle(page)
    sliders.scroll_into_view_if_needed()
    gray_when(current, lambda levels: np.array_equal(levels, moved))
    expect(slider).to_have_value("-3")
    sliders.get_by_role("button", name="Back to the image").click()
    gray_when(current, lambda levels: np.array_equal(levels, own))
    expect_address(page, details="1")


def test_a_new_image_takes_the_moved_sliders_out_of_the_address(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Details").click()
    page.locator("#latent-sliders").scroll_into_view_if_needed()
    page.get_by_label("Latent dimension 1", exact=True).press("Home")
    wait_for_address(page)
    assert "sliders=" in page.url
    page.locator("#pad").get_by_role("button", name="Start from a ready 7").click()
    page.wait_for_function("!location.hash.includes('sliders=')")


def test_a_resampled_epsilon_is_in_the_address(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Details").click()
    sample = page.locator("#posterior-samples canvas").first
    sample.scroll_into_view_if_needed()
    first = gray_when(sample, lambda levels: bool(levels.any()))
    page.get_by_role("button", name="Resample").click()
    second = changed(sample, first)
    page.get_by_role("button", name="Resample").click()
    third = changed(sample, second)
    expect_address(page, details="1", draws="2")
    page.reload()
    settle(page)
    sample.scroll_into_view_if_needed()
    gray_when(sample, lambda levels: np.array_equal(levels, third))


def test_leaving_the_page_right_after_a_stroke_keeps_it(page: Page, server: str) -> None:
    settle(page)
    draw(page, (0.3, 0.2), (0.7, 0.2), (0.4, 0.85))
    wait_for_store(page, "get('source').drawing.strokes.length === 1")
    page.goto("about:blank")
    page.go_back()
    settle(page)
    wait_for_store(page, "get('source').drawing.strokes.length === 1")
    assert "#drawing=" in page.url


def test_opening_an_address_sends_no_hash_and_calls_for_no_more(
    desktop: BrowserContext, server: str
) -> None:
    def requests(address: str) -> list[str]:
        page = desktop.new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))
        page.goto(address)
        settle(page)
        page.close()
        return [one for one in sent if "pixels" in one or "temperature" in one]

    plain = requests(server)
    with_state = requests(f"{server}/#temperature=0.5&count=9&lambda=4&compare=codes&walk=linear.9")
    assert len(with_state) <= len(plain)


def test_an_older_address_gets_an_image_at_the_middle_of_the_path(page: Page, server: str) -> None:
    page.goto(f"{server}/#tab=Interpolate&walk=linear.16")
    expect(page.locator("#filmstrip canvas")).to_have_count(17)
    assert stored(page, "path_options") == {"method": "linear", "steps": 17}


ODD = (
    "tab=Moon",
    "temperature=99",
    "count=1.5",
    "seed=-1",
    "walk=round.5",
    "layers=<b>",
    "drawing=AAAA",
    "drawing=!",
    "model=vae-9d",
    "lambda=x",
    "dimensions=3",
    "damage=fire",
    "a=-9",
    "prior=mine",
    "snapshot=-1",
    "hide=a b",
    "lesson=moon",
    "view=1,2,3,x",
    "classes_off=4,,7",
    "draws=-1",
    "sliders=AAAAAA",
    "pinned=AADAfwAAgL8",
    "code_a=AAA",
    "image_b=AAAA",
    "drawing_a=AAAA",
)


def test_invalid_properties_are_ignored(page: Page, server: str) -> None:
    settle(page)
    keys = ["tab", "temperature", "count", "seed", "path_options", "layers", "model", "weight"]
    keys += ["damage", "head_input", "sample_prior", "snapshot", "hide"]
    keys += ["map_view", "pinned", "source_a", "source_b"]
    keys += ["hidden_classes", "slider_code", "draws"]
    before = {key: stored(page, key) for key in keys}
    page.goto(f"{server}/#{'&'.join(ODD)}")
    settle(page)
    assert {key: stored(page, key) for key in keys} == before


# A value of each property, other than its initial one.
CHANGED = {
    "tab": "Latent map",
    "model": "vae-32d",
    "compare_panel": "density",
    "compared": 32,
    "objective_panel": "replay",
    "weight": 0.25,
    "stage": "elbo",
    "count": 7,
    "temperature": 0.35,
    "seed": 2**32 - 1,
    "layers": ["grid", "path"],
    "hidden_classes": [7, 4],
    "draws": 3,
    "path_options": {"method": "spherical", "steps": 9},
    "path_at": 0.123456789,
    "map_view": [[-0.5, 1.25], [-3.4, -1.65]],
    "questions": True,
    "traced": "study/ae",
    "damage": "occlusion",
    "damaged_share": 0.15,
    "sample_prior": "gaussian",
    "density_prior": "mixture",
    "code_scale": "prior",
    "snapshot": 12,
    "head_input": -2.75,
    "draw_pixels": True,
    "details": True,
    "prepare": False,
    "lesson": "terms",
    "present": True,
    "hide": ["header", "footer"],
}


def test_every_property_survives_writing_and_reading(page: Page) -> None:
    strokes = [
        {"points": [[0.5, 0.1], [-0.25, 1.75], [0.001, 0.999]], "width": 0.16},
        {"points": [[0, 0]], "width": 0.04},
    ]
    models = [{"name": "vae-2d"}, {"name": "vae-32d"}]
    hash_, read = page.evaluate(
        f"""async ([state, strokes, models]) => {{
          const {{ readState, writeState }} = await import('{module("properties.js")}');
          const source = {{ drawing: {{ strokes, example: false }} }};
          const source_a = {{ z: [0.5, -1.25], model: state.model, prepared: new Uint8Array(784) }};
          const grays = Uint8Array.from({{ length: 784 }}, (_, i) => (i % 90 ? 0 : i % 256));
          const source_b = {{ z: [1], model: "another", prepared: grays }};
          const pinned = {{ z: [2, 0.25], model: state.model }};
          const slider_code = {{ z: [-3, 0.5], model: state.model }};
          const sources = {{ source, source_a, source_b }};
          const hash = writeState({{ ...state, ...sources, pinned, slider_code, models }});
          const read = readState(hash, {{ models }});
          const codes = [read.source_a.z, read.pinned.z, read.slider_code.z];
          const images = [read.source.drawing.strokes, ...codes];
          images.push(String(read.source_b.prepared) === String(grays));
          const others = Object.keys(state).map((key) => [key, read[key]]);
          return [hash, [Object.fromEntries(others), ...images]];
        }}""",
        [CHANGED, strokes, models],
    )
    assert read == [CHANGED, strokes, [0.5, -1.25], [2, 0.25], [-3, 0.5], True]
    assert set(parse_qs(hash_[1:])) >= {"tab", "lambda", "drawing", "code_a", "image_b", "pinned"}
    assert re.fullmatch(r"#[\w=&+.,%-]+", hash_)
