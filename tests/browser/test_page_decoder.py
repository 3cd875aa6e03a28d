"""The decoder that runs in the page computes what the server computes."""

import numpy as np
from playwright.sync_api import Page

from app.frontend.assets import url

MODULES = url("frontend/js/store.js").removesuffix("/store.js")


def test_a_plane_is_decoded_in_the_page_as_on_the_server(page: Page) -> None:
    z = np.random.default_rng(0).normal(scale=2, size=(100, 2)).astype(np.float32)
    decode = """async ({ modules, z }) => {
      const { fetchDecoder } = await import(`${modules}/mlp_decoder.js`);
      const { addressOf, call, unpack } = await import(`${modules}/rpc.js`);
      const { store } = await import(`${modules}/store.js`);
      const inPage = await fetchDecoder(addressOf(store.get("about").decoder));
      const { images } = await call("decode", { model: "vae-2d", z });
      return [z.flatMap((code) => [...inPage(code)]), [...unpack(images)]];
    }"""
    page.locator("#elbo .total").wait_for()
    in_page, on_server = page.evaluate(decode, {"modules": MODULES, "z": z.tolist()})
    np.testing.assert_allclose(in_page, on_server, atol=1)  # of 255
    assert np.ptp(in_page) > 200


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
