"""Files that are refused: each gets its sentence, and nothing of it stays on the page."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_reconstruct import hand_over, image, settle
from tests.images.drawn import saved
from tests.images.test_decode import BAD_FILES

NO_INK = saved(Image.new("L", (200, 200), "white"), "PNG")
REFUSED = {
    "too many bytes": (BAD_FILES["21 MB"][0], "This file has 21 MB: send one of at most 20 MB."),
    "empty": (b"", "This file is empty: send an image as PNG or JPEG."),
    "not an image": (
        BAD_FILES["text named .png"][0],
        "This file is not an image that can be read: send PNG, JPEG or WebP.",
    ),
    "HEIC": (
        BAD_FILES["HEIC"][0],
        "This is a HEIC image, which cannot be read here: save it as JPEG.",
    ),
    "damaged": (
        BAD_FILES["PNG cut short"][0],
        "This image is damaged or cut short: send the whole file, or save it again as PNG.",
    ),
    "too many pixels": (
        BAD_FILES["PNG of 25.01 MP"][0],
        "This image has more than 25 million pixels: send it at a smaller size.",
    ),
    "too long a side": (
        BAD_FILES["PNG of 20,001 pixels a side"][0],
        "This image is 20001 x 1 pixels: send one of at most 20,000 pixels a side.",
    ),
    "no ink": (
        NO_INK,
        "There is no ink found in this image: send a dark digit on light paper, or the reverse.",
    ),
}
CANVASES = ("#pad canvas", "#seen canvas", "#reconstruction canvas")


def expect_refusal(page: Page, sentence: str, before: list[str]) -> None:
    """Wait for the sentence, and check that the page shows the image of before."""
    expect(page.locator("#notice.shown")).to_have_text(sentence)
    expect(page.locator("#pad.reading")).to_have_count(0)
    assert [image(page.locator(canvas)) for canvas in CANVASES] == before
    expect(page.locator("#pad .found")).to_be_hidden()
    expect(page.locator("#pad .others button")).to_have_count(0)


def test_a_refused_file_gets_its_sentence_and_leaves_no_preview(page: Page, tmp_path: Path) -> None:
    settle(page)
    before = [image(page.locator(canvas)) for canvas in CANVASES]
    file = tmp_path / "image.png"
    for data, sentence in REFUSED.values():
        file.write_bytes(data)
        page.locator("#pad input[type=file]").set_input_files(file)
        expect_refusal(page, sentence, before)


def test_a_refused_drop_or_paste_gets_its_sentence_too(page: Page) -> None:
    settle(page)
    before = [image(page.locator(canvas)) for canvas in CANVASES]
    for event, name in (("drop", "HEIC"), ("paste", "not an image")):
        data, sentence = REFUSED[name]
        hand_over(page, event, "#header", data)
        expect_refusal(page, sentence, before)
