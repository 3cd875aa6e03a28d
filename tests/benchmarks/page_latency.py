"""Latency of the page: `python -m tests.benchmarks.page_latency` prints it, asserts nothing.

Each gesture is compared with plain Gradio events (plain.py), and the hover with an empty canvas
loop. All run together, because the machine's other work changes the absolute times.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.browser.actions import open_tab
from tests.browser.conftest import launch
from tests.serving import serving

SECONDS = 4.0
PATIENCE = 120_000.0  # ms, for a slow network
LOADING = 5_000.0  # ms, of the networks at a first stroke
MEASURE = Path(__file__).parent / "measure.js"
MODELS = ("vae-2d", "vae-32d")
READY = "#elbo .total"  # of the page
EMPTY = "gradio-app footer"  # of a page without components


def main() -> None:
    """Run every measurement once and print each result."""
    with browser_and_servers() as (browser, app, plain, empty):
        loading(browser, "the page", app, READY)
        loading(browser, "empty gr.Blocks", empty, EMPTY)
        hovering(browser, app)
        for model in MODELS:
            drawing(browser, app, model)
            sliding(browser, app, model)
        plain_slider(browser, plain)
        plain_sketchpad(browser, plain)


@dataclass(frozen=True)
class Network:
    """What Chromium emulates.

    Attributes:
        latency: of a request, in ms.
        throughput: in kbit/s, both ways; -1 for no limit.
    """

    latency: float
    throughput: float = -1

    def emulate(self, session: CDPSession) -> None:
        """Delay and slow down the requests of a session's page."""
        per_second = self.throughput * 1000 / 8 if self.throughput > 0 else -1
        limits = {"downloadThroughput": per_second, "uploadThroughput": per_second}
        conditions = {"offline": False, "latency": self.latency, **limits}
        session.send("Network.emulateNetworkConditions", conditions)


LOCAL = Network(latency=0)


def loading(
    browser: Browser, name: str, address: str, ready: str, network: Network = LOCAL, runs: int = 1
) -> None:
    """From the request to `ready` in view, the median of the runs, and the bytes over the wire."""
    loads = [_load(browser, address, ready, network) for _ in range(runs)]
    milliseconds, received = map(median, zip(*loads, strict=True))
    print(f"{f'load {name}':44} {milliseconds / 1000:6.2f} s {received / 1e6:8.2f} MB", flush=True)


def _load(browser: Browser, address: str, ready: str, network: Network) -> tuple[float, float]:
    """Return the milliseconds to `ready` in view, and the bytes of the whole page."""
    with _page(browser, network=network) as page:
        received = [0]
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on(
            "Network.loadingFinished",
            lambda event: received.__setitem__(0, received[0] + int(event["encodedDataLength"])),
        )
        page.goto(address, wait_until="commit", timeout=PATIENCE)
        page.locator(ready).first.wait_for(timeout=PATIENCE)
        milliseconds = page.evaluate("performance.now()")
        page.wait_for_load_state("networkidle", timeout=PATIENCE)
    return milliseconds, received[0]


def hovering(browser: Browser, address: str) -> None:
    """Frames in which the decode at the pointer was new, against a loop that only paints."""
    for model in MODELS:
        with _page(browser, address) as page:
            _choose(page, model)
            _open_map(page)
            empty = page.evaluate(f"measure.emptyLoop({SECONDS})")
            result = page.evaluate(
                "seconds => measure.hover(document.querySelector('#latent-map'),"
                " document.querySelector('#decoded canvas'), seconds)",
                SECONDS,
            )
            print(
                f"{f'hover on the map, {model}':44} {result['painted']:6.1f} decodes/s in "
                f"{result['frames']:.1f} frames/s; an empty canvas loop {empty:.1f}; "
                f"work per frame p50 {result['work']['p50']:.2f} ms, "
                f"p95 {result['work']['p95']:.2f} ms"
            )


def pointing(browser: Browser, address: str, model: str, network: Network = LOCAL) -> None:
    """From a pointer event on the map to the decoded image painted."""
    with _page(browser, address, network) as page:
        _choose(page, model)
        _open_map(page)
        result = page.evaluate(
            "seconds => measure.point(document.querySelector('#latent-map'),"
            " document.querySelector('#decoded canvas'), seconds)",
            SECONDS,
        )
        _print(f"map to image, {model}", result)


def drawing(browser: Browser, address: str, model: str, network: Network = LOCAL) -> None:
    """From a pointer event on the pad to the reconstruction painted, after a first stroke.

    With the first stroke the page loads what it needs to encode by itself.
    """
    draw = (
        "seconds => measure.draw(document.querySelector('#pad canvas'),"
        " document.querySelector('#reconstruction canvas'), seconds)"
    )
    with _page(browser, address, network) as page:
        _choose(page, model)
        page.evaluate(draw, 0.5)
        page.wait_for_timeout(LOADING)
        result = page.evaluate(draw, SECONDS)
        _print(f"stroke to reconstruction, {model}", result)


def sliding(browser: Browser, address: str, model: str, network: Network = LOCAL) -> None:
    """From a latent slider's event to the decoded image painted."""
    with _page(browser, address, network) as page:
        _choose(page, model)
        page.get_by_role("button", name="Details").click()
        page.locator("#latent-sliders").scroll_into_view_if_needed()  # filled once in view
        page.locator("#latent-sliders .leading input").first.wait_for()
        page.locator("#latent-sliders .current canvas").wait_for()
        result = page.evaluate(
            "seconds => measure.slide(document.querySelector('#latent-sliders .leading input'),"
            " document.querySelector('#latent-sliders .current canvas'), seconds)",
            SECONDS,
        )
        _print(f"latent slider to image, {model}", result)


def plain_slider(browser: Browser, address: str, network: Network = LOCAL) -> None:
    """Measure the slider's gesture through an event and a `gr.Image`."""
    with _page(browser, address, network) as page:
        slider = page.locator("input[type=range]").first
        slider.wait_for()
        page.evaluate("slider => measure.turn(slider, 1)", slider.element_handle())
        page.locator("#decoded img").wait_for()
        result = page.evaluate(
            "seconds => measure.slideImage(document.querySelector('input[type=range]'),"
            " document.querySelector('#decoded'), seconds)",
            SECONDS,
        )
        _print("plain gr.Slider to gr.Image, vae-2d", result)


def plain_sketchpad(browser: Browser, address: str) -> None:
    """Measure a stroke on a `gr.Sketchpad`, which sends nothing before the pointer is up."""
    with _page(browser, address) as page:
        page.locator("#pad [aria-label='Brush']").click()
        canvas = page.locator("#pad canvas").first
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for part in (-1, 1):  # the first stroke's event brings no image yet
            page.mouse.move(across + 30 * part, down - 80)
            page.mouse.down()
            page.mouse.move(across + 30 * part, down + 80, steps=20)
            with page.expect_response("**/run/predict"):
                page.mouse.up()
                begun = page.evaluate("performance.now()")
        page.locator("#reconstruction img").wait_for()
        took = page.evaluate("performance.now()") - begun
        print(f"{'plain gr.Sketchpad, pointer up to gr.Image':44} {took:6.0f} ms, nothing before")


def _print(name: str, result: dict[str, Any]) -> None:
    print(
        f"{name:44} {result['rate']:6.1f} updates/s, p50 {result['p50']:.0f} ms, "
        f"p95 {result['p95']:.0f} ms"
    )


def _choose(page: Page, model: str) -> None:
    page.locator("#model").get_by_text(model).click()
    page.locator("#elbo .total").wait_for()
    page.wait_for_load_state("networkidle")


def _open_map(page: Page) -> None:
    open_tab(page, "Latent map")
    page.locator(".map-wait").wait_for(state="hidden", timeout=PATIENCE)
    page.wait_for_function("document.querySelector('#decoded canvas').width === 28")


@contextmanager
def _page(browser: Browser, address: str | None = None, network: Network = LOCAL) -> Iterator[Page]:
    """Open a page in a new context, with the measuring functions, over a network."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(path=MEASURE)
    network.emulate(context.new_cdp_session(page))
    if address:
        page.goto(address)
    yield page
    context.close()


@contextmanager
def browser_and_servers() -> Iterator[tuple[Browser, str, str, str]]:
    """Yield a browser, and the addresses of the app, of plain.py and of an empty page."""
    with (
        sync_playwright() as playwright,
        launch(playwright) as browser,
        _served("app.py") as app,
        _served("-m", "tests.benchmarks.plain") as plain,
        _served("-m", "tests.benchmarks.plain", "empty") as empty,
    ):
        yield browser, app, plain, empty


@contextmanager
def _served(*command: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *command) as address:
        yield address


if __name__ == "__main__":
    main()
