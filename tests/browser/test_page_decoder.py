"""The decoder that runs in the page computes what the server computes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

MODULES = f"/gradio_api/file={Path(__file__).parents[2] / 'app' / 'live'}"


def test_a_plane_is_decoded_in_the_page_as_on_the_server(page: Page) -> None:
    z = np.random.default_rng(0).normal(scale=2, size=(100, 2)).astype(np.float32)
    decode = """async ({ modules, z }) => {
      const { fetchDecoder } = await import(`${modules}/page_decoder.js`);
      const { addressOf, call, unpack } = await import(`${modules}/server.js`);
      const { store } = await import(`${modules}/store.js`);
      const inPage = await fetchDecoder(addressOf(store.get("about").decoder));
      const { images } = await call("decode", { model: "vae-2d", z });
      return [z.flatMap((code) => [...inPage(code)]), [...unpack(images)]];
    }"""
    page.locator("#elbo .total").wait_for()
    in_page, on_server = page.evaluate(decode, {"modules": MODULES, "z": z.tolist()})
    np.testing.assert_allclose(in_page, on_server, atol=1)  # of 255
    assert np.ptp(in_page) > 200


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (4, 4), (17, 33)])
def test_a_matrix_of_any_shape_is_multiplied(page: Page, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=shape), rng.normal(size=shape)
    x = rng.normal(size=shape[1])
    multiply = """async ({ modules, matrices, x, rows, columns }) => {
      const { createMatrices, matrixSize } = await import(`${modules}/matrix.js`);
      const { matrix } = createMatrices(matrices.length * matrixSize(rows, columns));
      const products = matrices.map((values) => matrix(Float32Array.from(values), rows, columns));
      return products.map((multiply) => [...multiply(x)]);
    }"""
    given: dict[str, Any] = {
        "modules": MODULES,
        "matrices": [first.ravel().tolist(), second.ravel().tolist()],
        "x": x.tolist(),
        "rows": shape[0],
        "columns": shape[1],
    }
    products = page.evaluate(multiply, given)
    np.testing.assert_allclose(products, [first @ x, second @ x], rtol=1e-4, atol=1e-5)
