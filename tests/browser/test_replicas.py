"""Two replicas behind one address: a killed one costs its visitors a message, and no more."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.benchmarks.crowds import Visitor
from tests.browser.test_reconstruct import TERMS
from tests.replica_proxy import Proxy
from tests.serving import Server, serving

CLIENTS, CALLS = 8, 200


class Caller(Visitor):
    """A client with a cookie, which notes what each of its calls was told.

    Attributes:
        told: one entry for each call, "complete" or the error.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address, {})
        self.told: list[str] = []

    async def api(self, name: str, data: list[Any]) -> bool:
        posted = await self.client.post(f"/gradio_api/call/{name}", json={"data": data})
        posted.raise_for_status()
        answer = await self.client.get(f"/gradio_api/call/{name}/{posted.json()['event_id']}")
        answer.raise_for_status()
        assert "event: complete" in answer.text or "event: error" in answer.text, answer.text
        complete = "event: complete" in answer.text
        self.told.append("complete" if complete else "error")
        return complete

    async def call(self, number: int) -> bool:
        """Make one call of the mix; after an error the image is uploaded again."""
        before = len(self.told)
        try:
            await self.mixed(number)
        except httpx.HTTPError as error:
            self.told.append(type(error).__name__)
        if len(self.told) == before:
            self.told.append("connection lost")
        if self.told[-1] != "complete":
            self.path = ""
        return self.told[-1] == "complete"


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[tuple[str, list[Server]]]:
    """Start two replicas and a proxy; yield the address of the proxy, and the replicas."""
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("one", "two", "proxy")]
        for folder in folders:
            folder.mkdir()
        servers = [stack.enter_context(serving(folder)) for folder in folders[:2]]
        ports = [server.rpartition(":")[2] for server in servers]
        proxy = serving(folders[2], "-m", "tests.replica_proxy", *ports)
        yield stack.enter_context(proxy), servers


async def mixed_calls(address: str, replica: Server) -> list[Caller]:
    """Make the calls of all clients, and kill one replica at half of them."""
    callers = [Caller(address) for _ in range(CLIENTS)]
    for caller in callers:
        await caller.client.get("/")  # gives the cookie
    numbers = iter(range(CALLS))

    async def busy(caller: Caller) -> None:
        for number in numbers:
            if number == CALLS // 2:
                replica.process.kill()
            await caller.call(number)

    await asyncio.gather(*map(busy, callers))
    return callers


def test_a_killed_replica_fails_what_it_was_answering_and_nothing_later(
    browser: Browser, replicas: tuple[str, list[Server]]
) -> None:
    address, servers = replicas
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#elbo .sum")).to_have_text(TERMS)
    page.get_by_role("button", name="Clear").first.click()
    box = page.locator("#pad canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + box["height"] / 4, steps=5)
    [visitor] = [c["value"] for c in context.cookies() if c["name"] == "replica"]
    chosen = next(Proxy([0, 1]).candidates(visitor.encode()))

    with ThreadPoolExecutor(1) as thread:  # this one has the event loop of Playwright
        callers = thread.submit(asyncio.run, mixed_calls(address, servers[chosen])).result()
    told = [answer for caller in callers for answer in caller.told]
    assert len(told) == CALLS
    # What was in flight, and one use of an upload that is gone, for each client at most.
    failed = [answer for answer in told if answer != "complete"]
    assert len(failed) <= 2 * CLIENTS, failed
    assert all(caller.told[-1] == "complete" for caller in callers), [c.told for c in callers]

    page.mouse.move(x, y + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator("#elbo .sum")).to_have_text(TERMS)
    before = page.locator("#reconstruction canvas").evaluate("canvas => canvas.toDataURL()")
    page.locator("#pad .examples button").nth(5).click()
    page.wait_for_function(
        "before => document.querySelector('#reconstruction canvas').toDataURL() !== before",
        arg=before,
    )
    context.close()
