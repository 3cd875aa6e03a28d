"""The Compare tab in the real page."""

import re

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import changed, expect_no_sideways_scroll, gray, open_tab, set_range
from tests.browser.test_linked_state import stored
from tests.browser.test_reconstruct import draw

PANELS = ("reconstruct", "sample", "interpolate", "codes", "density")
FAMILY = ("ae", "dae", "cae", "vae")
NUMBER = re.compile(r"^[−\d.,]+$")


def panel(page: Page, key: str) -> Locator:
    """Open a panel of the tab."""
    found = page.locator(f"#compare_panels details[data-panel={key}]")
    expect(found).to_be_attached()
    if found.get_attribute("open") is None:
        found.locator("> summary").click()
    return found


def column(body: Locator, name: str) -> Locator:
    return body.locator(f"[data-model='{name}']")


def test_the_digit_goes_through_all_four_and_the_damage_follows(page: Page) -> None:
    open_tab(page, "Compare")
    body = panel(page, "reconstruct")
    for name in FAMILY:
        expect(column(body, name).locator("[data-text=rmse]")).to_have_text(NUMBER)
    given = body.locator(".input canvas")
    images = [column(body, name).locator("canvas") for name in FAMILY]

    # Without damage the encoders get the very digit.
    before = gray(given)
    set_range(body.get_by_label("Share of the image, slider"), 0)
    clean = changed(given, before)
    assert clean.ravel().tolist() == stored(page, "digit")["seen"]

    # A patch covers what it covers, and what is measured follows.
    expect(column(body, "vae")).to_contain_text("with 30 % noise")
    body.get_by_label("a gray patch").check()
    set_range(body.get_by_label("Share of the image, slider"), 0.3)
    assert (changed(given, clean) == 128).mean() > 0.25
    expect(column(body, "vae").get_by_text("with 30 % covered")).to_be_visible()
    expect(column(body, "vae").get_by_text("with 30 % noise")).to_be_hidden()

    # Another drawing is another digit, here and on the first tab's pad, where it can be undone.
    restored = [gray(image) for image in images]
    canvas = body.locator(".paper canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.15 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.85 * box["height"], steps=12)
    page.mouse.up()
    for image, old in zip(images, restored, strict=True):
        changed(image, old)
    open_tab(page, "Reconstruct")
    first = page.locator("#pad canvas")
    one = gray(first)
    assert one.max() == 255
    draw(page, (0.15, 0.5), (0.85, 0.5))
    two = changed(first, one)
    assert (two[one == 255] == 255).all(), "the other pad's stroke stays"
    page.locator("#pad .undo").click()
    assert np.array_equal(changed(first, two), one)
    page.locator("#pad .undo").click()
    assert not np.array_equal(changed(first, one), two)


def test_a_prior_and_a_seed_change_the_samples(page: Page) -> None:
    open_tab(page, "Compare")
    body = panel(page, "sample")
    canvas = column(body, "ae").locator("canvas")
    expect(canvas).to_have_js_property("width", 140)
    first = gray(canvas)
    body.get_by_label("a fitted mixture").check()
    fitted = changed(canvas, first)
    expect(column(body, "ae").locator("[data-prior=mixture]")).to_be_visible()
    expect(column(body, "ae").locator("[data-prior=model]")).to_be_hidden()
    body.get_by_role("button", name="Resample").click()
    changed(canvas, fitted)
    expect(body.locator("[data-text=seed]")).to_have_text(str(stored(page, "seed")))


def test_a_position_shows_a_frame_of_each_path(page: Page) -> None:
    open_tab(page, "Compare")
    body = panel(page, "interpolate")
    for name in FAMILY:
        expect(column(body, name).locator("[data-text=distance]")).to_have_text(NUMBER)
    way = column(body, "vae")
    for position, frame in (("0", 0), ("40", 8)):
        set_range(body.get_by_label("Position from A to B"), float(position))
        at = gray(way.locator(".current"))
        assert np.array_equal(at, gray(way.locator(".strip canvas").nth(frame)))
        expect(way.locator(".strip [data-current]")).to_have_count(1)
    body.get_by_role("button", name="Clear").first.click()
    expect(way.locator("[data-text=distance]")).to_have_text("–")
    assert gray(way.locator(".current")).max() == 0


def test_the_codes_are_shown_at_the_scale_of_all_or_of_the_prior(page: Page) -> None:
    open_tab(page, "Compare")
    body = panel(page, "codes")
    for name in FAMILY:
        expect(column(body, name).locator("[data-text=near]")).to_have_text(re.compile(r"^\d+ %$"))
        expect(column(body, name).locator("svg path")).to_have_count(2)
    outer = column(body, "vae").locator("svg circle").last
    wide = float(outer.get_attribute("r") or 0)
    body.get_by_label("the prior", exact=True).check()
    expect(outer).not_to_have_attribute("r", str(wide))
    assert float(outer.get_attribute("r") or 0) > wide


def test_a_density_is_far_higher_for_a_digit_than_for_noise(page: Page) -> None:
    open_tab(page, "Compare")
    body = panel(page, "density")
    for name in FAMILY:
        for output in column(body, name).locator("output").all():
            expect(output).to_have_text(NUMBER)
    noise, digit = (
        int(text.replace("−", "-").replace(",", ""))
        for text in (column(body, "vae").locator("output").nth(i).inner_text() for i in (3, 0))
    )
    assert noise < digit - 500
    given = column(body, "vae").locator("figcaption span").first
    expect(given).to_have_text("your image")
    body.get_by_role("button", name="Clear").click()
    expect(given).to_have_text("an empty image")
    page.get_by_label("32 dimensions").check()
    expect(body.get_by_text("In 32 dimensions log p(x)")).to_be_visible()


def test_the_wide_models_and_the_questions(page: Page) -> None:
    open_tab(page, "Compare")
    page.get_by_label("32 dimensions").check()
    for key in ("reconstruct", "sample", "interpolate", "codes"):
        body = panel(page, key)
        expect(column(body, "ae")).to_be_hidden()
        expect(column(body, "ae-32d")).to_be_visible()
        canvas = column(body, "vae-32d").locator("canvas").first
        expect(canvas).not_to_have_js_property("width", 300)  # it was painted
    page.locator("#compare_panels [data-questions]").check()
    for key in PANELS:
        question = panel(page, key).locator(".question")
        expect(question.locator("p")).to_be_hidden()
        question.locator("summary").click()
        expect(question.locator("p")).to_be_visible()


def test_on_a_phone_two_by_two_without_sideways_scroll(phone: Page) -> None:
    open_tab(phone, "Compare")
    for key in PANELS:
        body = panel(phone, key)
        expect(body.locator(".look-for")).to_be_visible()
        expect(column(body, "vae")).to_be_visible()
        expect_no_sideways_scroll(phone)
    boxes = [column(panel(phone, "codes"), name).bounding_box() for name in ("ae", "dae", "cae")]
    assert boxes[0] and boxes[1] and boxes[2]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"]
