"""A model of your own data in the real page: a hundred classes, some with harmful names."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from app.registry.dataset_info import DatasetInfo
from tests.browser.actions import expect_no_sideways_scroll, gray, open_tab
from tests.browser.conftest import visit
from tests.browser.test_linked_state import stored
from tests.browser.test_page import TABS
from tests.browser.test_page_networks import LOAD, MODULES, called
from tests.browser.test_reconstruct import draw, expect_change, image
from tests.registry.test_models import put
from tests.serving import serving

CLASSES = (
    "<img src=x onerror=alert(1)>",
    "</span><script>alert(1)</script>",
    "{{value}} ${value} %{meta.mean}",
    "a name that is as long as names of folders are now and then, and longer than any legend " * 2,
    *(f"class {i}" for i in range(96)),
)
NAME = "<i>Odd</i> & own"

# Whether neither what is said on the page nor what is read out speaks of digits.
NO_DIGIT = """() => ![document.body.innerText,
  ...[...document.querySelectorAll("[aria-label], [title]")]
    .flatMap((element) => [element.ariaLabel, element.title])].join("\\n").match(/digit/i)"""


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve two models with random weights: "numbers" of MNIST, "own" of these classes."""
    weights = tmp_path_factory.mktemp("weights")
    put(weights / "numbers")
    own, rng = put(weights / "own"), np.random.default_rng(0)
    info = DatasetInfo(NAME, tuple(name.strip() for name in CLASSES), "resize")
    (own / "data.json").write_bytes(info.to_json())
    np.savez(
        own / "latents.npz",
        mu=rng.standard_normal((300, 2)).astype(np.float16),
        std=np.full((300, 2), 0.5, np.float16),
        label=np.arange(300, dtype=np.uint8) % 100,
        reconstruction=np.ones(300, np.float32),
        kl=np.ones(300, np.float32),
    )
    script = (
        f"import pathlib, runpy; runpy.run_path('app.py')['main'](pathlib.Path({str(weights)!r}))"
    )
    with serving(tmp_path_factory.mktemp("server"), "-c", script) as address:
        yield address


STROKE = ((0.1, 0.1), (0.4, 0.3))
OF_THE_STUDY = ("Compare", "Objective")


@pytest.fixture
def own_page(desktop: BrowserContext, own_server: str) -> Iterator[Page]:
    """Open the app at a lecturer's width, with "numbers" chosen."""
    with visit(desktop, own_server) as page:
        yield page


@pytest.fixture
def own_phone(mobile: BrowserContext, own_server: str) -> Iterator[Page]:
    """Open the same app on a phone."""
    with visit(mobile, own_server) as page:
        yield page


def choose(page: Page, model: str) -> None:
    page.locator("#model").get_by_text(model, exact=True).click()


def test_the_page_speaks_of_the_chosen_models_data(own_page: Page) -> None:
    page = own_page
    expect(page.locator("#header")).to_contain_text("Draw an image")
    expect(page.locator("#footer")).to_contain_text("Trained on MNIST;")
    expect(page.locator("#elbo .total")).to_be_visible()
    draw(page, *STROKE)
    expect(page.locator("#pad .hint")).to_have_text("")
    drawn = stored(page, "source")
    choose(page, "own")
    expect(page.locator("#header")).to_contain_text("Draw an image")
    expect(page.locator("#footer")).to_contain_text(f"Trained on {NAME};")
    expect(page.locator("#seen input")).to_be_hidden()
    expect(page.locator("#seen")).to_contain_text("Only resized")
    ready = page.locator("#pad .examples button")
    expect(ready.first).to_have_attribute("title", f"Start from a ready {CLASSES[0]}")
    expect(ready).to_have_count(10)
    for tab, ids in TABS.items():
        if tab in OF_THE_STUDY:  # its models are not among these weights
            expect(page.get_by_role("tab", name=tab, exact=True)).to_have_count(0)
            continue
        open_tab(page, tab)
        expect(page.locator(f"#{ids[0]}")).to_be_visible()
        if tab == "Latent map":
            legend = page.locator(".map-legend button .name")
            expect(legend).to_have_text([name.strip() for name in CLASSES])
            expect(page.locator("#latent-map .map-class").first).to_be_visible()
        page.wait_for_function(NO_DIGIT)
    assert page.locator(".map-legend img, .map-legend script, .map-overlay img").count() == 0
    assert stored(page, "source") == drawn, "the visitor's drawing is theirs"
    choose(page, "numbers")
    expect(page.locator("#header")).to_contain_text("Draw an image")
    assert stored(page, "source") == drawn
    open_tab(page, "Reconstruct")
    expect(page.locator("#seen input")).to_be_visible()
    expect(page.get_by_role("button", name="Start from a ready 7")).to_be_visible()


def test_such_a_model_encodes_drawings_in_the_page(own_page: Page) -> None:
    page = own_page
    choose(page, "own")
    expect(page.locator("#footer")).to_contain_text(f"Trained on {NAME};")
    expect(page.locator("#elbo .sum")).to_contain_text("nats")
    page.wait_for_url("**/#model=own*")
    assert "code=" not in page.url, "an example of the page is not in the address"
    with page.expect_request("**/encoder/own.safetensors*"):
        draw(page, *STROKE)
    page.evaluate(LOAD, {"modules": MODULES})
    page.wait_for_load_state("networkidle")
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if called(request) else None)
    page.locator("#pad .clear").click()
    expect(page.locator("#elbo .sum")).to_have_text("Nothing drawn yet")
    blank = image(page.locator("#seen canvas"))
    draw(page, *STROKE, lift=False)
    expect_change(page, "#seen canvas", blank)
    assert not calls
    page.mouse.up()


def test_an_image_without_ink_is_one_for_a_model_of_images(own_page: Page) -> None:
    page = own_page
    gray_square = BytesIO()
    Image.new("L", (60, 40), 128).save(gray_square, "PNG")
    choose(page, "own")
    page.locator("#pad input[type=file]").set_input_files(
        {"name": "gray.png", "mimeType": "image/png", "buffer": gray_square.getvalue()}
    )
    page.wait_for_function(
        "canvas => canvas.getContext('2d').getImageData(9, 9, 1, 1).data[0] === 128",
        arg=page.locator("#seen canvas").element_handle(),
    )
    choose(page, "numbers")
    expect(page.locator("#seen input")).to_be_disabled()
    expect(page.locator("#seen input")).not_to_be_checked()
    assert (gray(page.locator("#seen canvas")) == 128).all()


def test_the_api_prepares_an_image_as_the_models_data_was(own_server: str, tmp_path: Path) -> None:
    Image.new("L", (60, 40), 128).save(tmp_path / "gray.png")
    image = handle_file(str(tmp_path / "gray.png"))
    client = Client(own_server, verbose=False)
    assert client.predict(api_name="/models")["own"]["data"]["name"] == NAME
    assert len(client.predict(image, "own", api_name="/encode")["mu"]) == 2
    with pytest.raises(AppError, match="no ink"):
        client.predict(image, "numbers", api_name="/encode")
    client.close()


def test_a_link_opens_such_a_model_on_a_phone(own_phone: Page, own_server: str) -> None:
    page = own_phone
    link = "#v=1&model=own&seed=7&walk=linear.16&at=0.5&tab=Latent+map&of=&z="
    page.goto(own_server + link)
    expect(page.locator("#notice")).to_contain_text("Restored from the link: model, seed.")
    expect(page.locator(".map-legend button")).to_have_count(100, timeout=60_000)
    expect(page.locator(".map-shown")).to_have_text("Your image, decoded at its z")
    legend = page.locator(".map-legend").bounding_box()
    assert legend is not None
    assert legend["height"] < 130, "its rows scroll"
    for button in page.locator(".map-legend button").all()[:6]:
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    expect(page.locator("#notice.shown")).to_have_count(0)
    expect_no_sideways_scroll(page)
