"""The tab Objective in the real page."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page, Route, expect

from app.frontend.assets import url
from app.registry.ablations import read_ablations
from tests.browser.actions import (
    Gray,
    expect_no_sideways_scroll,
    gray,
    gray_when,
    open_tab,
    set_range,
)
from tests.paths import ROOT

STORE = url("frontend/js/store.js")
ABLATIONS = read_ablations(ROOT / "weights")
PANELS = ("lambda", "likelihood", "dimensions", "heads", "replay")


def opened(page: Page, key: str) -> Locator:
    """Open the tab and one of its panels."""
    page.locator("#elbo .total").wait_for()
    open_tab(page, "Objective")
    return unfold(page, key)


def unfold(page: Page, key: str) -> Locator:
    panel = page.locator(f"#objective_panels .panel[data-panel={key}]")
    if panel.get_attribute("open") is None:
        expect(page.locator("[inert]")).to_have_count(0)
        panel.locator("summary").first.press("Enter")  # a click may miss what is pushed down
    expect(panel).to_have_attribute("open", "")
    return panel


def other_than(image: Gray) -> Callable[[Gray], bool]:
    return lambda found: not np.array_equal(found, image)


def page_store(page: Page, key: str) -> Any:
    script = f"async key => (await import('{STORE}')).store.get(key)"
    return page.evaluate(script, key)


def test_everything_follows_lambda_and_each_way_to_choose_it_is_one(page: Page) -> None:
    panel = opened(page, "lambda")
    slider = panel.get_by_role("slider", name="λ, among the trained models")
    chosen = panel.locator(".stops [aria-pressed=true]")
    samples = panel.locator(".tile-grid canvas")
    images = panel.locator(".pair canvas:last-child")
    expect(chosen).to_have_text("1")
    expect(panel.locator(".map-wait")).to_be_hidden(timeout=60_000)
    expect(samples).to_have_attribute("aria-label", "36 samples")
    before = gray(samples)
    mine, ready = (gray_when(images.nth(i), lambda image: bool(image.any())) for i in (0, 1))

    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(chosen).to_have_text("0.5")
    expect(slider).to_have_attribute("aria-valuetext", "λ = 0.5")
    gray_when(samples, other_than(before))
    gray_when(images.nth(0), other_than(mine))
    gray_when(images.nth(1), other_than(ready))
    expect(panel.locator(".map-stale")).to_have_count(0)
    point = panel.get_by_role("button", name=re.compile("^λ = 0.5: KL"))
    expect(point).to_have_attribute("aria-pressed", "true")
    assert ABLATIONS is not None
    kl = ABLATIONS.metrics["lambda-0.5"]["binarised"]["kl"]["mean"]
    expect(panel.locator("[data-text=terms]")).to_contain_text(f"KL {kl:.2f}")

    panel.get_by_role("button", name=re.compile("^λ = 8: KL")).click()
    expect(chosen).to_have_text("8")
    expect(slider).to_have_value("5")
    panel.get_by_role("button", name="λ = 1", exact=True).click()
    gray_when(samples, lambda image: np.array_equal(image, before))
    gray_when(images.nth(0), lambda image: np.array_equal(image, mine))
    assert page_store(page, "model") == "vae-2d", "the page's own model is another matter"


def test_the_map_decodes_the_studys_model_and_its_menu_acts_on_the_page(page: Page) -> None:
    panel = opened(page, "lambda")
    plane = page.locator("#objective-latent-map")
    decoded = page.locator("#objective-decoded canvas")
    expect(panel.locator(".map-wait")).to_be_hidden(timeout=60_000)
    own = gray_when(decoded, lambda image: bool(image.any()))
    plane.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(panel.locator(".map-shown")).to_have_text("Decoded at the cross")
    there = gray_when(decoded, other_than(own))
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Use as A").click()
    assert page_store(page, "source_a")["model"] == "study/vae"
    page.keyboard.press("Escape")
    panel.get_by_role("button", name="λ = 8", exact=True).click()
    expect(panel.locator(".map-stale")).to_have_count(0)
    gray_when(decoded, lambda image: other_than(own)(image) and other_than(there)(image))
    # The other map has stayed what it was.
    open_tab(page, "Latent map")
    expect(page.locator("#map-and-decode .map-wait")).to_be_hidden(timeout=60_000)
    expect(page.locator("#map-and-decode .map-shown")).to_contain_text("Your image")
    assert page_store(page, "about")["name"] == "vae-2d"


def test_both_likelihoods_show_the_same_digit_and_the_same_seed(page: Page) -> None:
    panel = opened(page, "likelihood")
    columns = [panel.locator(f"[data-model={name}]") for name in ("bce", "mse")]
    inputs, samples = [], []
    for column in columns:
        expect(column.locator("[data-text=rmse]")).to_have_text(re.compile(r"RMSE 0\.\d{3}"))
        inputs.append(gray(column.locator(".pair canvas").first))
        expect(column.locator(".tile-grid canvas")).to_have_attribute("aria-label", "36 samples")
        samples.append(gray(column.locator(".tile-grid canvas")))
    np.testing.assert_array_equal(inputs[0], inputs[1])
    assert not np.array_equal(samples[0], samples[1])
    panel.get_by_role("button", name="Resample").click()
    for column, before in zip(columns, samples, strict=True):
        gray_when(column.locator(".tile-grid canvas"), other_than(before))


def test_each_number_of_dimensions_reconstructs_and_samples(page: Page) -> None:
    panel = opened(page, "dimensions")
    assert ABLATIONS is not None
    mine = panel.locator("[data-role=x_hat]")
    expect(mine).to_have_count(len(ABLATIONS.by_dimension))
    shown = [gray_when(canvas, lambda image: bool(image.any())) for canvas in mine.all()]
    assert all(not np.array_equal(a, b) for a, b in pairwise(shown)), "each is another model"
    samples = panel.locator("[data-role=sample]")
    before = [gray_when(canvas, lambda image: bool(image.any())) for canvas in samples.all()]
    panel.get_by_role("button", name="Resample").click()
    for canvas, first in zip(samples.all(), before, strict=True):
        gray_when(canvas, other_than(first))


def test_the_heads_have_their_slopes_and_their_runs(page: Page) -> None:
    panel = opened(page, "heads")
    slider = panel.get_by_role("slider", name="a", exact=True)
    set_range(slider, -2)
    for head, value, slope in (
        ("log", "0.135", "0.135"),
        ("softplus", "0.127", "0.119"),
        ("relu", "0", "0"),
        ("abs", "2", "−1"),
    ):
        expect(panel.locator(f"[data-value={head}]")).to_have_text(value)
        expect(panel.locator(f"[data-slope={head}]")).to_have_text(slope)
    plot = panel.locator(".plot.functions")
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    expect(panel.locator("[data-slope=abs]")).to_have_text("1")
    assert float(slider.input_value()) > 1
    for name in ("variance", "gradient_norm", "lost_steps"):
        expect(panel.locator(f".plot.{name} .line")).to_have_count(12)
    drawn = panel.locator(".plot.negative_elbo .line")
    expect(drawn).to_have_count(12)
    lengths = drawn.evaluate_all("lines => lines.map(line => line.getAttribute('d').length)")
    assert min(lengths[:6]) > 100 and max(lengths[6:9]) == 0  # the smooth ones, then ReLU(a)
    expect(panel.locator("[data-text=gaps]")).to_contain_text("ReLU(a) has no line there")


def test_the_replay_scrubs_and_plays(page: Page) -> None:
    panel = opened(page, "replay")
    slider = panel.get_by_role("slider", name="Step of the training")
    where = panel.locator("[data-text=moment]")
    plane, codes = panel.locator("canvas.decoded"), panel.locator("canvas.codes")
    expect(where).to_have_text(re.compile(r"^step 9,360, epoch 40$"))
    at_the_end = gray_when(plane, lambda image: bool(image.any())), gray(codes)
    slider.focus()
    page.keyboard.press("Home")
    expect(where).to_have_text("step 1, epoch 0.00")
    gray_when(plane, other_than(at_the_end[0]))
    gray_when(codes, other_than(at_the_end[1]))
    page.keyboard.press("ArrowRight")
    expect(where).to_have_text("step 2, epoch 0.01")
    panel.get_by_role("button", name="Play").click()
    expect(where).to_have_text(re.compile("^step ([5-9]|[1-9][0-9]),"))
    panel.get_by_role("button", name="Pause").click()
    box = panel.locator(".plot.kl").bounding_box()
    assert box is not None
    panel.locator(".plot.kl").click(position={"x": box["width"] - 15, "y": box["height"] / 2})
    expect(where).to_have_text("step 9,360, epoch 40")


def test_a_teacher_gets_a_question_in_each_panel(page: Page) -> None:
    panel = opened(page, "lambda")
    question = panel.locator(".question")
    expect(question).to_be_hidden()
    page.locator("#objective_panels").get_by_label("Questions for a class").check()
    expect(question.locator("summary")).to_be_visible()
    expect(question.locator("p")).to_be_hidden()
    question.locator("summary").click()
    expect(question.locator("p")).to_be_visible()
    assert page.locator("#objective_panels .question").count() == len(PANELS)


def test_nothing_can_be_pressed_before_its_script_has_arrived(page: Page) -> None:
    held: list[Route] = []
    # Only the first request is held: the script is fetched, then imported.
    page.route("**/objective_panels.js", lambda route: held.append(route), times=1)
    with page.expect_request("**/objective_panels.js"):
        open_tab(page, "Objective")
    switch = page.locator("#objective_panels").get_by_label("Questions for a class")
    switch.click(force=True)
    expect(switch).not_to_be_checked()
    held[0].continue_()
    switch.check()
    expect(unfold(page, "lambda").locator(".question")).to_be_visible()


def test_a_phone_shows_every_panel_and_keeps_the_slider_in_view(phone: Page) -> None:
    panel = opened(phone, "lambda")
    expect(panel.locator(".tile-grid canvas")).to_have_attribute("aria-label", "36 samples")
    panel.locator(".of-reconstructions").scroll_into_view_if_needed()
    expect(panel.locator(".weights input")).to_be_in_viewport()
    for key in PANELS:
        unfold(phone, key)
        expect_no_sideways_scroll(phone)
