"""What the page computes with a model's networks is what the server computes."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Request, expect

from app.frontend.assets import url
from app.frontend.requests import PAD_SIDE
from app.images import example_digits
from tests.browser.test_reconstruct import draw, expect_change, image, move, settle

MODULES = url("frontend/js/store.js").removesuffix("/store.js")
STROKES = url("components/drawing_pad/strokes.js")


def test_a_plane_is_decoded_in_the_page_as_on_the_server(page: Page) -> None:
    z = np.random.default_rng(0).normal(scale=2, size=(100, 2)).astype(np.float32)
    decode = """async ({ modules, z }) => {
      const { meansOf } = await import(`${modules}/networks/decoder.js`);
      const { loadNetwork } = await import(`${modules}/networks/network.js`);
      const { call, unpack } = await import(`${modules}/rpc.js`);
      const { store } = await import(`${modules}/store.js`);
      const { run } = await loadNetwork(store.get("about").decoder);
      const { images } = await call("decode", { model: "vae-2d", z });
      return [z.flatMap((code) => [...meansOf(run(code))]), [...unpack(images)]];
    }"""
    page.locator("#elbo .total").wait_for()
    in_page, on_server = page.evaluate(decode, {"modules": MODULES, "z": z.tolist()})
    np.testing.assert_allclose(in_page, on_server, atol=1)  # of 255
    assert np.ptp(in_page) > 200


# Encodes each drawing in the page and on the server; leaves out those that only Python can read.
ENCODE = """async ({ modules, strokes, side, drawings, prepare }) => {
  const { rasterize } = await import(strokes);
  const { loadEncoder } = await import(`${modules}/networks/encoder.js`);
  const { call, pack, unpack } = await import(`${modules}/rpc.js`);
  const { store } = await import(`${modules}/store.js`);
  const encode = await loadEncoder(store.get("about"));
  const pairs = [];
  for (const drawing of drawings) {
    const pixels = rasterize(drawing, side);
    const inPage = encode(pixels, prepare ? "ink" : "resize");
    if (inPage === null) continue;
    const onServer = await call("encode", { model: "vae-2d", pixels: pack(pixels), prepare });
    for (const name of ["seen", "x_hat"]) {
      inPage[name] = [...inPage[name]];
      onServer[name] = [...unpack(onServer[name])];
    }
    pairs.push([inPage, onServer]);
  }
  return pairs;
}"""


def random_drawings(count: int, grid: float) -> list[Any]:
    """Return drawings of one to four strokes, some of them dots, with points on a grid."""
    rng = np.random.default_rng(0)

    def stroke() -> dict[str, Any]:
        points = grid * np.round(rng.uniform(-0.1, 1.1, (rng.integers(1, 9), 2)) / grid)
        return {"points": points.tolist(), "width": rng.uniform(0.04, 0.16)}

    return [[stroke() for _ in range(rng.integers(1, 5))] for _ in range(count)]


DRAWINGS = {
    "ready digits": [[{"points": p, "width": 0.09} for p in digit] for digit in example_digits()],
    "random strokes": random_drawings(200, 0.001),
    "symmetric ones": random_drawings(60, 0.25),
}


@pytest.mark.parametrize("prepare", [True, False], ids=["as in MNIST", "resized"])
@pytest.mark.parametrize("drawings", DRAWINGS.values(), ids=DRAWINGS.keys())
def test_a_drawing_is_encoded_in_the_page_as_on_the_server(
    page: Page, drawings: list[Any], prepare: bool
) -> None:
    settle(page)
    scripts = {"modules": MODULES, "strokes": STROKES, "side": PAD_SIDE}
    pairs = page.evaluate(ENCODE, {**scripts, "drawings": drawings, "prepare": prepare})
    assert len(pairs) >= 0.95 * len(drawings)

    def both(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        in_page, on_server = (
            np.array([answer[name] for answer in side]) for side in zip(*pairs, strict=True)
        )
        return in_page, on_server

    np.testing.assert_allclose(*both("seen"), atol=1)  # of 255
    np.testing.assert_allclose(*both("x_hat"), atol=1)
    np.testing.assert_allclose(*both("mu"), atol=0.01)
    in_page, on_server = (2 * np.log(std) for std in both("std"))
    np.testing.assert_allclose(in_page, on_server, atol=0.01)
    for nats in ("kl", "reconstruction", "elbo"):
        np.testing.assert_allclose(*both(nats), atol=0.1)
    np.testing.assert_allclose(*both("share_above"), atol=0.001)
    assert all(in_page.keys() == on_server.keys() for in_page, on_server in pairs)


LOAD = """async ({ modules }) => {
  const { loadEncoder } = await import(`${modules}/networks/encoder.js`);
  const { store } = await import(`${modules}/store.js`);
  await loadEncoder(store.get("about"));
}"""


def load_networks(page: Page) -> None:
    """Draw a first stroke, and wait until the networks are in the page."""
    settle(page)
    with page.expect_request("**/encoder/vae-2d.safetensors*"):
        draw(page, (0.5, 0.2), (0.5, 0.8))
    page.evaluate(LOAD, {"modules": MODULES})


def test_an_example_does_not_load_the_encoder(page: Page) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    settle(page)
    page.wait_for_load_state("networkidle")
    assert not [address for address in requests if "/encoder/" in address]


def called(request: Request) -> bool:
    return "component_server" in request.url


def test_a_pen_that_is_down_needs_no_server(page: Page) -> None:
    load_networks(page)
    page.wait_for_load_state("networkidle")
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if called(request) else None)
    draw(page, (0.3, 0.3), lift=False)
    for step in range(1, 6):
        before = image(page.locator("#reconstruction canvas"))
        move(page, 0.3 + 0.08 * step, 0.3 + 0.1 * step)
        expect_change(page, "#reconstruction canvas", before)
    assert not calls
    with page.expect_request(called):  # whether it is a digit
        page.mouse.up()


def test_drawing_goes_on_without_a_connection(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(server)
    load_networks(page)
    expect(page.locator("#small-map .map-mu")).to_be_visible()
    context.set_offline(True)
    page.locator("#pad .clear").click()
    expect(page.locator("#elbo .sum")).to_have_text("Nothing drawn yet")
    shown = dict.fromkeys(("#seen canvas", "#reconstruction canvas"), "")
    for across in (0.3, 0.5, 0.7):
        draw(page, (across, 0.2), (1 - across, 0.8))
        for selector, before in shown.items():
            expect_change(page, selector, before)
            shown[selector] = image(page.locator(selector))
        expect(page.locator("#elbo .sum")).to_have_text(re.compile(r"−ELBO [\d.]+ = "))
        expect(page.locator("#small-map .map-mu")).to_have_count(1)
    context.close()


def test_float16_is_read_alike_with_and_without_the_browsers_float16array(page: Page) -> None:
    read = """async ({ modules }) => {
      const { readFloat16 } = await import(`${modules}/float16.js`);
      const exponents = (bits) => (bits >> 10) & 31;
      const finite = [...Array(2 ** 16).keys()].filter((bits) => exponents(bits) !== 31);
      const { buffer } = Uint16Array.from([0, ...finite]);
      const native = readFloat16(buffer, 2);
      delete globalThis.Float16Array;
      return [finite, [...native], [...readFloat16(buffer, 2)]];
    }"""
    bits, native, by_hand = page.evaluate(read, {"modules": MODULES})
    expected = np.array(bits, np.uint16).view(np.float16).astype(np.float32)
    np.testing.assert_array_equal(native, expected)
    np.testing.assert_array_equal(by_hand, expected)
