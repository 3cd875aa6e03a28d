"""The first tab, driven as a visitor drives it: mouse, touch, keyboard and files."""

import io
import json
import re

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from app.frontend.assets import url
from tests.browser.actions import gray
from tests.images.drawn import drawn
from tests.paths import WEIGHTS

TYPICALITY = WEIGHTS / "typicality.json"
TERMS = re.compile(r"−ELBO [\d.]+ = reconstruction [\d.]+ \+ KL [\d.]+ nats")


def image(canvas: Locator) -> str:
    """Return a canvas's content, for comparison with a later one."""
    data: str = canvas.evaluate("(canvas) => canvas.toDataURL()")
    return data


def expect_change(page: Page, selector: str, before: str) -> None:
    """Wait until the canvas shows something else."""
    page.wait_for_function(
        "([selector, before]) => document.querySelector(selector).toDataURL() !== before",
        arg=[selector, before],
    )


def expect_image(page: Page, selector: str, wanted: str) -> None:
    """Wait until the canvas shows this."""
    page.wait_for_function(
        "([selector, wanted]) => document.querySelector(selector).toDataURL() === wanted",
        arg=[selector, wanted],
    )


# The image's ink as a share of its area, and where the ink's middle is from left to right.
INK = """(selector) => {
  const canvas = document.querySelector(selector);
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let total = 0, moment = 0;
  for (let i = 0; i < width * height; i++) {
    total += data[4 * i] / 255;
    moment += data[4 * i] / 255 * (i % width + 0.5) / width;
  }
  return { share: total / (width * height), middle: moment / total };
}"""


def expect_ink(page: Page, selector: str, condition: str) -> None:
    """Wait until `share` and `middle` of the canvas's ink fulfill a JavaScript condition."""
    page.wait_for_function(
        f"(selector) => {{ const {{ share, middle }} = ({INK})(selector); return {condition}; }}",
        arg=selector,
    )


def settle(page: Page) -> None:
    """Wait until the model has returned the first digit, and Gradio has mounted its page."""
    expect(page.locator("#elbo .sum")).to_have_text(TERMS, timeout=30_000)
    expect(page.locator("#first-view")).to_have_count(0)


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None, selector
    x, y, width, height = found["x"], found["y"], found["width"], found["height"]
    return {"x": x, "y": y, "width": width, "height": height, "bottom": y + height}


def draw(page: Page, *points: tuple[float, float], lift: bool = True) -> None:
    """Draw one stroke with the mouse through points in units of the pad's side."""
    for i, (x, y) in enumerate(points):
        move(page, x, y)
        if i == 0:
            page.mouse.down()
    if lift:
        page.mouse.up()


def move(page: Page, x: float, y: float) -> None:
    """Move the mouse to a point in units of the pad's side."""
    pad = box(page, "#pad canvas")
    page.mouse.move(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"], steps=4)


def paper_with_a_seven() -> bytes:
    gray = np.full((300, 240), 235, np.uint8)
    gray[60:84, 50:190] = 30
    for y in range(60, 250):
        x = int(185 - (y - 60) * 0.45)
        gray[y, x - 12 : x + 12] = 30
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "PNG")
    return file.getvalue()


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator("#pad input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


def hand_over(page: Page, event: str, selector: str, data: bytes, name: str = "seven.png") -> None:
    """Drop a file on an element of the page, or paste it there."""
    page.evaluate(
        """([event, selector, bytes, name]) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
          const options = { bubbles: true, cancelable: true };
          const made = event === "paste"
            ? new ClipboardEvent(event, { ...options, clipboardData: dataTransfer })
            : new DragEvent(event, { ...options, dataTransfer });
          document.querySelector(selector).dispatchEvent(made);
        }""",
        [event, selector, list(data), name],
    )


def test_first_view_is_alive_and_above_the_fold(page: Page) -> None:
    settle(page)
    for selector in ("#pad", "#seen", "#reconstruction", "#elbo"):
        assert box(page, selector)["bottom"] <= 900, selector


COMPARISON = """async ([module, shares]) => {
  const { comparisonText } = await import(new URL(module, location.href));
  return shares.map((share) => comparisonText(share, "digit"));
}"""


def test_the_bar_says_how_the_digit_compares_with_the_test_digits(page: Page) -> None:
    settle(page)
    sentence = page.locator("#elbo .comparison")
    expect(sentence).to_contain_text("to encode")
    ordinary = sentence.inner_text()
    for x in (0.2, 0.4, 0.6, 0.8):
        draw(page, (x, 0.2), (0.9 - x, 0.8))
    harder = re.compile(r"^Harder to encode than (9\d % of the|all) test digits")
    expect(sentence).to_have_text(harder)
    assert sentence.inner_text() != ordinary
    expect(page.locator("#elbo [role=status]")).to_contain_text("Harder to encode than")
    page.locator("#pad .clear").click()
    expect(sentence).to_have_text("")

    module = url("tabs/reconstruct/reconstruction/comparison.js")
    shares = [None, 0.5, 0.25, 0.97, 0.9999, 1, 0.03, 0]
    assert page.evaluate(COMPARISON, [module, shares]) == [
        "",
        "As easy to encode as a typical test digit.",
        "As easy to encode as a typical test digit.",
        "Easier to encode than 97 % of the test digits.",
        "Easier to encode than 99 % of the test digits.",
        "Easier to encode than all test digits.",
        "Harder to encode than 97 % of the test digits.",
        "Harder to encode than all test digits.",
    ]


def test_the_means_next_to_the_bar_are_measured(page: Page) -> None:
    settle(page)
    for model in ("vae-2d", "vae-32d"):
        page.locator(f"#model input[value={model}]").check()
        metrics = json.loads((WEIGHTS / model / "metrics.json").read_text())
        on_gray, on_binarized = (metrics[x]["negative_elbo"]["mean"] for x in ("grey", "binarised"))
        expect(page.locator("#elbo .mean")).to_contain_text(
            f"mean of the test images: {on_gray:.1f}, binarized {on_binarized:.1f}"
        )


def test_answers_while_the_stroke_is_drawn(page: Page) -> None:
    settle(page)
    draw(page, (0.5, 0.2), lift=False)
    for step in range(1, 4):
        before = image(page.locator("#reconstruction canvas"))
        move(page, 0.5 - 0.1 * step, 0.2 + 0.18 * step)
        expect_change(page, "#reconstruction canvas", before)  # the button is still down
    page.mouse.up()


def test_drawing_replaces_the_example_and_adds_to_ones_own(page: Page) -> None:
    settle(page)
    pad = page.locator("#pad canvas")
    draw(page, (0.5, 0.2), (0.5, 0.8))
    one = image(pad)
    expect_ink(page, "#pad canvas", "share < 0.1")  # the example's ink is gone
    draw(page, (0.3, 0.5), (0.7, 0.5))
    assert image(pad) != one
    page.locator("#pad .undo").click()
    assert image(pad) == one


def test_clear_and_undo_by_button_and_by_key(page: Page) -> None:
    settle(page)
    pad, clear = page.locator("#pad canvas"), page.locator("#pad .clear")
    draw(page, (0.6, 0.2), (0.4, 0.8))
    drawn, seen = image(pad), page.locator("#seen canvas")
    clear.click()
    expect(page.locator("#pad .hint")).to_have_text("Draw a digit")
    expect(page.locator("#elbo .sum")).to_have_text("Nothing drawn yet")
    expect(clear).to_be_disabled()
    blank = image(seen)
    pad.focus()
    page.keyboard.press("Control+z")
    assert image(pad) == drawn
    expect_change(page, "#seen canvas", blank)


def test_what_undo_took_back_can_be_redone_until_the_next_stroke(page: Page) -> None:
    settle(page)
    pad = page.locator("#pad canvas")
    undo, redo = (page.locator(f"#pad .{name}") for name in ("undo", "redo"))
    draw(page, (0.5, 0.2), (0.5, 0.8))
    one = image(pad)
    draw(page, (0.3, 0.5), (0.7, 0.5))
    two = image(pad)
    expect(redo).to_be_disabled()
    for back in ("Control+z", "Meta+z"):
        for again in ("Control+Shift+Z", "Control+y", "Meta+Shift+Z"):
            page.keyboard.press(back)
            assert image(pad) == one
            page.keyboard.press(again)
            assert image(pad) == two
    undo.click()
    undo.click()
    redo.click()
    redo.click()
    assert image(pad) == two
    expect(redo).to_be_disabled()

    # A new stroke leaves nothing to redo.
    undo.click()
    draw(page, (0.2, 0.2), (0.8, 0.2))
    expect(redo).to_be_disabled()
    undo.click()
    assert image(pad) == one


def test_ready_digits_can_be_drawn_upon(page: Page) -> None:
    settle(page)
    pad, before = page.locator("#pad canvas"), image(page.locator("#seen canvas"))
    page.get_by_role("button", name="Start from a ready 7").press("Enter")
    expect_change(page, "#seen canvas", before)
    seven = image(pad)
    draw(page, (0.35, 0.5), (0.7, 0.5))
    assert image(pad) != seven
    page.locator("#pad .undo").click()
    assert image(pad) == seven


def test_preparation_can_be_switched_off(page: Page) -> None:
    settle(page)
    draw(page, (0.2, 0.1), (0.2, 0.4))
    drawn, switch = image(page.locator("#pad canvas")), page.get_by_label("prepare as MNIST")
    switch.uncheck()
    expect_ink(page, "#seen canvas", "middle < 0.3")  # where it was drawn
    assert image(page.locator("#pad canvas")) == drawn
    switch.check()
    expect_ink(page, "#seen canvas", "middle > 0.45")  # centered


def test_upload_is_seen_and_can_come_again(page: Page) -> None:
    settle(page)
    pad = page.locator("#pad canvas")
    before = image(pad)
    upload(page, "seven.png", paper_with_a_seven())
    expect_change(page, "#pad canvas", before)
    uploaded = image(pad)
    draw(page, (0.5, 0.2), (0.5, 0.8))
    upload(page, "seven.png", paper_with_a_seven())
    expect_image(page, "#pad canvas", uploaded)


def test_the_upload_button_opens_the_choice_of_a_file(page: Page) -> None:
    settle(page)
    before = image(page.locator("#pad canvas"))
    with page.expect_file_chooser() as chooser:
        page.locator("#pad").get_by_role("button", name="Upload").click()
    chooser.value.set_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": paper_with_a_seven()}
    )
    expect_change(page, "#pad canvas", before)
    # On a phone such an input offers the camera too.
    expect(page.locator("#pad input[type=file]")).to_have_attribute("accept", "image/*")


def test_an_image_is_taken_anywhere_on_the_page(page: Page) -> None:
    settle(page)
    clear = page.locator("#pad .clear")
    for event in ("drop", "paste"):
        for selector in ("#pad canvas", "#header", "body"):
            clear.click()
            expect(clear).to_be_disabled()
            blank = image(page.locator("#pad canvas"))
            hand_over(page, event, selector, paper_with_a_seven())
            expect_change(page, "#pad canvas", blank)
            expect(clear).to_be_enabled()


def test_a_drag_shows_where_it_may_be_dropped(page: Page) -> None:
    settle(page)
    hand_over(page, "dragenter", "#header", paper_with_a_seven())
    expect(page.locator("body")).to_have_class(re.compile("dropping"))
    hand_over(page, "dragleave", "#header", paper_with_a_seven())
    expect(page.locator("body")).not_to_have_class(re.compile("dropping"))


def test_of_two_digits_the_other_can_be_chosen(page: Page) -> None:
    settle(page)
    file = io.BytesIO()
    scene = Image.new("L", (520, 280), 255)
    scene.paste(drawn(5), (-10, 0))
    scene.paste(drawn(2), (250, 0))
    scene.save(file, "PNG")
    upload(page, "two.png", file.getvalue())
    expect(page.locator("#pad .found p")).to_contain_text("More than one thing")
    first = image(page.locator("#pad canvas"))
    page.get_by_role("button", name="Use this reading").first.click()
    expect_change(page, "#pad canvas", first)
    draw(page, (0.5, 0.2), (0.5, 0.8))
    expect(page.get_by_role("button", name="Use this reading")).to_have_count(0)


def test_a_drawing_that_is_no_digit_gets_a_remark(page: Page) -> None:
    settle(page)
    page.locator("#pad .clear").click()
    for x in (0.2, 0.4, 0.6, 0.8):
        draw(page, (x, 0.2), (x, 0.8))
        draw(page, (0.2, x), (0.8, x))
    expect(page.locator("#pad .found p")).to_contain_text("does not look like one digit")
    page.locator("#pad .reliability summary").click()
    shares = json.loads(TYPICALITY.read_text())["share_above_digit_limit"]
    rows = [f"{kind}{100 * share:.0f} %" for kind, share in shares.items()]
    expect(page.locator("#pad .reliability tr")).to_have_text(rows)
    page.locator("#pad .clear").click()
    expect(page.locator("#pad .found")).to_be_hidden()


def test_details_sample_and_slide(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Details").click()
    samples = page.locator("#posterior-samples canvas")
    expect(samples).to_have_count(8)
    samples.first.scroll_into_view_if_needed()
    expect_ink(page, "#posterior-samples canvas", "share > 0.01")
    first = image(samples.first)
    page.get_by_role("button", name="Resample").click()
    expect_change(page, "#posterior-samples canvas", first)

    sliders = page.locator("#latent-sliders")
    sliders.scroll_into_view_if_needed()
    slider = sliders.get_by_label("Latent dimension 1", exact=True)
    start = slider.input_value()
    expect(sliders.locator(".strip").first).to_have_attribute("width", str(9 * 28))
    expect_ink(page, "#latent-sliders .current canvas", "share > 0.01")
    decoded = image(sliders.locator(".current canvas"))
    slider.focus()
    slider.press("End")
    expect_change(page, "#latent-sliders .current canvas", decoded)
    sliders.get_by_role("button", name="Back to the image").click()
    expect_image(page, "#latent-sliders .current canvas", decoded)
    assert slider.input_value() == start


def test_touch_draws_and_does_not_scroll(phone: Page) -> None:
    settle(phone)
    for selector in ("#pad canvas", "#seen", "#reconstruction", "#elbo .scale"):
        assert box(phone, selector)["bottom"] <= 844, selector
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    pad, before = box(phone, "#pad canvas"), image(phone.locator("#pad canvas"))
    seen = image(phone.locator("#seen canvas"))
    touch = phone.context.new_cdp_session(phone)
    x = pad["x"] + pad["width"] / 2
    for i in range(9):
        point = {"x": x, "y": pad["y"] + pad["height"] * (0.85 - 0.08 * i)}
        kind = "touchStart" if i == 0 else "touchMove"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert image(phone.locator("#pad canvas")) != before
    expect_change(phone, "#seen canvas", seen)
    assert phone.evaluate("window.scrollY") == 0


def test_details_say_why_the_reconstruction_is_blurry(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Details").click()
    blur = page.locator("#blur")
    blur.scroll_into_view_if_needed()
    expect(blur.get_by_role("status")).to_contain_text(
        re.compile(r"[\d,]+ of the 10,000 test images have a code within 2 σ of this one")
    )
    drawn = gray(blur.locator("canvas").first)
    assert set(np.unique(drawn)) == {0, 255}, "a draw is black and white"
    averaged = gray(blur.locator("canvas").nth(3)).astype(int)
    mean = gray(blur.locator("[data-image=x_hat]")).astype(int)
    assert np.abs(averaged - mean).mean() < 255 * 0.03


def test_one_button_shows_the_amortization_gap_of_this_image(page: Page) -> None:
    settle(page)
    page.get_by_role("button", name="Details").click()
    gap = page.locator("#amortization")
    gap.scroll_into_view_if_needed()
    expect(gap.locator(".refined")).to_be_hidden()
    encoded = gray(page.locator("#reconstruction canvas")).astype(int)
    gap.get_by_role("button", name="Refine").click()
    said = gap.get_by_role("status")
    expect(said).to_contain_text(re.compile(r"−ELBO (falls from|stays at) [\d.]+"), timeout=60_000)
    expect(said).to_contain_text(re.compile(r"−log p\(x\) itself is [\d.]+ nats"))
    expect(gap.locator("svg.chart .line")).to_be_visible()
    expect(gap.locator("svg.chart .exact")).to_have_count(1)
    before = gray(gap.locator("[data-image=before]")).astype(int)
    # Decoded in a batch of another size, so a level may be rounded differently.
    assert np.abs(before - encoded).max() <= 1, "it starts at the encoder's μ"
    after = gray(page.locator("#reconstruction canvas"))
    assert np.array_equal(after, encoded), "encode stays a single pass"

    # Another image has another gap.
    page.locator("#pad .clear").click()
    expect(gap.locator(".refined")).to_be_hidden()
    expect(gap.get_by_role("button", name="Refine")).to_be_disabled()
