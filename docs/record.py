"""Recorder of the README's images from the real page: `python -m docs.record`, or `make images`.

Serves the page, drives it in the Chromium on the PATH and writes docs/demo.webp, an animation, and
one thumbnail per tab. The recording is stop motion: each frame is taken after the page has
processed the last gesture, so the frames do not depend on the speed of the machine.
"""

import math
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, Request, ViewportSize, sync_playwright

from tests.browser.actions import open_tab, set_range
from tests.browser.conftest import launch
from tests.serving import serving

FOLDER = Path(__file__).parent
DEMO = FOLDER / "demo.webp"
LIMIT = 3_000_000  # bytes, so that the README loads quickly
TABS = {
    "Reconstruct": "#elbo .total",
    "Sample": "#sample-grid canvas",
    "Interpolate": "#filmstrip canvas",
    "Latent map": "#latent-map .main-svg",
    "Compare": "#compare_panels canvas",
    "Objective": "#objective_panels canvas",
    "How it works": "#slow-pass .stage",
}
FILM: ViewportSize = {"width": 1000, "height": 640}
DESK: ViewportSize = {"width": 1200, "height": 750}
THUMBNAIL = (480, 300)
QUALITY = 75
TIMEOUT = 300_000  # milliseconds; a busy machine may need minutes
HOLD = 1200  # milliseconds for which the last frame of a scene is shown
Frame = tuple[Image.Image, int]  # and its milliseconds


class Recorder:
    """Takes screenshots of a page when it has no pending requests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pending: set[Request] = set()
        page.on("request", self._add)
        page.on("requestfinished", self._remove)
        page.on("requestfailed", self._remove)

    def _add(self, request: Request) -> None:
        if "/component_server" in request.url or request.resource_type == "script":
            self.pending.add(request)

    def _remove(self, request: Request) -> None:
        self.pending.discard(request)

    def settle(self) -> None:
        """Wait until no request is pending and the page has painted the last response."""
        quiet = 0
        while quiet < 3:  # frames; a response may cause the next request
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
            quiet = 0 if self.pending else quiet + 1

    def frame(self, milliseconds: int = 90) -> Frame:
        """Return a screenshot of the window, and for how many milliseconds it is shown."""
        self.settle()
        shot = self.page.screenshot(type="png")
        return Image.open(BytesIO(shot)).convert("RGB"), milliseconds

    def open(self, tab: str) -> None:
        """Open a tab and wait for its content."""
        open_tab(self.page, tab)
        self.page.locator(TABS[tab]).filter(visible=True).first.wait_for()
        self.page.mouse.move(1, 1)  # otherwise a tab or button would be highlighted
        self.settle()


def main() -> int:
    """Write the recording and the thumbnails."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as address,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        page = browser.new_page(viewport=FILM)
        page.set_default_timeout(TIMEOUT)
        page.goto(address)
        recorder = Recorder(page)
        recorder.open("Reconstruct")
        frames = list(scenes(recorder))
        page.set_viewport_size(DESK)
        for tab in TABS:
            recorder.open(tab)
            image, _ = recorder.frame()
            file = FOLDER / "tabs" / f"{tab.lower().replace(' ', '-')}.webp"
            file.parent.mkdir(exist_ok=True)
            image.resize(THUMBNAIL, Image.Resampling.LANCZOS).save(file, quality=QUALITY, method=6)
    write(frames)
    return 0


def scenes(recorder: Recorder) -> Iterator[Frame]:
    """Yield the frames of the recording."""
    yield from drawing(recorder)
    yield from hovering(recorder)
    yield from interpolating(recorder)
    yield from sampling(recorder)
    yield from stepping(recorder)


def drawing(recorder: Recorder) -> Iterator[Frame]:
    """Draw a 3 on the pad."""
    mouse = recorder.page.mouse
    box = recorder.page.locator("#pad canvas").first.bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in three()]
    mouse.move(*points[0])
    mouse.down()
    for number, point in enumerate(points[1:]):
        mouse.move(*point)
        if number % 3 == 0:
            yield recorder.frame()
    mouse.up()
    yield recorder.frame(HOLD)


def three() -> list[tuple[float, float]]:
    """Return the points of a written 3, in units of the pad's side: two arcs that meet."""
    upper = [(0.47, 0.34, 0.16, angle) for angle in range(-150, 91, 12)]
    lower = [(0.47, 0.67, 0.17, angle) for angle in range(-90, 151, 12)]
    return [
        (x + radius * math.cos(math.radians(angle)), y + radius * math.sin(math.radians(angle)))
        for x, y, radius, angle in [*upper, *lower]
    ]


def hovering(recorder: Recorder) -> Iterator[Frame]:
    """Move the pointer around the latent map, which decodes below it."""
    recorder.open("Latent map")
    box = recorder.page.locator("#latent-map").bounding_box()
    assert box is not None
    for angle in range(180, 541, 20):
        across, down = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        recorder.page.mouse.move(
            box["x"] + box["width"] * (0.5 + 0.3 * across),
            box["y"] + box["height"] * (0.5 + 0.3 * down),
        )
        yield recorder.frame(150)
    yield recorder.frame(HOLD)


def interpolating(recorder: Recorder) -> Iterator[Frame]:
    """Scrub from A to B."""
    recorder.open("Interpolate")
    scrub = recorder.page.locator("#scrub input")
    for number in range(17):
        set_range(scrub, number / 16)
        yield recorder.frame(100)
    yield recorder.frame(HOLD)


def sampling(recorder: Recorder) -> Iterator[Frame]:
    """Sample three times."""
    recorder.open("Sample")
    for _ in range(3):
        recorder.page.locator("#sample-button").click()
        yield recorder.frame(700)


def stepping(recorder: Recorder) -> Iterator[Frame]:
    """Take the digit through the model, one stage at a time."""
    recorder.open("How it works")
    stages = recorder.page.locator("#slow-pass .stage")
    for number in range(0, stages.count(), 2):
        stages.nth(number).click()
        yield recorder.frame(900)


def write(frames: list[Frame]) -> None:
    """Write the recording.

    Raises:
        ValueError: it takes too many bytes for a README.
    """
    (first, _), *_ = frames
    first.save(
        DEMO,
        save_all=True,
        append_images=[image for image, _ in frames[1:]],
        duration=[milliseconds for _, milliseconds in frames],
        loop=0,
        quality=QUALITY,
        method=4,
    )
    size = DEMO.stat().st_size
    if size > LIMIT:
        raise ValueError(f"{DEMO}: expected at most {LIMIT} bytes, got {size}: record fewer frames")
    print(f"{DEMO}: {len(frames)} frames, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    sys.exit(main())
