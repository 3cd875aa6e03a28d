"""Many visitors at once: `python -m tests.benchmarks.crowds [ROW ...]` prints, asserts nothing.

Without names, all rows but the last are measured.

Each row is measured for the app, then for bare Gradio, whose endpoints compute nothing (bare.py).

memory: growth of the server's memory over 5,000 API calls and over 200 visits.
calls: mixed API calls of eight clients.
drawing: 50 visitors who draw at the same time.
hour: memory every ten minutes of an hour of calls, visits and strokes.
"""

import argparse
import asyncio
import base64
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from app.api.example import example_digit
from app.frontend.rpc_endpoint import ELEM_ID
from tests.serving import serving

SERVERS = {"app": ("app.py",), "bare Gradio": ("-m", "tests.benchmarks.bare")}
CALLS, VISITS, CLIENTS, VISITORS = 5_000, 200, 8, 50
SECONDS = 20.0
HOUR = 3_600.0  # seconds
READINGS = 6  # of the memory in this time
CALLS_PER_VISIT = 10
WARM = 200  # calls before memory is measured: caches and threads are there then
STROKE_MS = 33  # between two frames that a visitor's page sends
MODELS = ("vae-2d", "vae-32d")
LATENT = {"vae-2d": 2, "vae-32d": 32}
DRAWING = base64.b64encode(bytes(84 * 40) + bytes([255]) * (84 * 4) + bytes(84 * 40)).decode()


class Visitor:
    """One client of a server: its calls, and the time that each one took."""

    def __init__(self, address: str, seconds: dict[str, list[float]]) -> None:
        self.client = httpx.AsyncClient(base_url=address, timeout=60, trust_env=False)
        self.seconds = seconds
        self.errors = 0
        self.path = ""

    async def timed(self, name: str, call: Callable[[], Awaitable[bool]]) -> None:
        """Await a call that returns whether it succeeded; note its time."""
        begun = time.perf_counter()
        try:
            succeeded = await call()
        except httpx.HTTPError:
            succeeded = False
        if succeeded:
            self.seconds.setdefault(name, []).append(time.perf_counter() - begun)
        else:
            self.errors += 1

    async def api(self, name: str, data: list[Any]) -> bool:
        """Call a named endpoint through the queue."""
        posted = await self.client.post(f"/gradio_api/call/{name}", json={"data": data})
        if posted.status_code != 200:
            return False
        event = posted.json()["event_id"]
        answer = await self.client.get(f"/gradio_api/call/{name}/{event}")
        return "event: complete" in answer.text

    async def mixed(self, number: int) -> None:
        """Make the call with this number: each of three endpoints, for each of two models."""
        model = MODELS[number % 2]
        image = {"path": await self.uploaded(), "meta": {"_type": "gradio.FileData"}}
        calls: list[tuple[str, list[Any]]] = [
            ("reconstruct", [image, model, 0, True]),
            ("sample", [model, 64, 1.0, number]),
            ("decode", [[0.5] * LATENT[model], model]),
        ]
        name, data = calls[number // 2 % len(calls)]
        await self.timed(name, lambda: self.api(name, data))

    async def uploaded(self) -> str:
        """Return the path of the example digit, uploaded by this visitor once."""
        if not self.path:
            files = {"files": ("digit.png", example_digit())}
            posted = await self.client.post("/gradio_api/upload", files=files)
            posted.raise_for_status()
            self.path = str(posted.json()[0])
        return self.path

    async def component(self) -> int:
        """Return the id of the component that answers the page's server functions."""
        config = (await self.client.get("/config")).json()
        [component] = [
            part["id"] for part in config["components"] if part["props"].get("elem_id") == ELEM_ID
        ]
        return int(component)

    async def stroke(self, component: int) -> bool:
        """Send one frame of a drawing."""
        payload = {"model": "vae-32d", "pixels": DRAWING}
        body = {
            "data": payload,
            "component_id": component,
            "fn_name": "encode",
            "session_hash": "drawing",
        }
        answer = await self.client.post("/gradio_api/component_server", json=body)
        return answer.status_code == 200 and "x_hat" in answer.text

    async def visit(self) -> bool:
        """Load the page as a browser does, with its event stream, and leave."""
        answers = [await self.client.get(path) for path in ("/", "/config")]
        async with self.client.stream("GET", "/gradio_api/heartbeat/visitor") as stream:
            await anext(stream.aiter_bytes())
        return all(answer.status_code == 200 for answer in answers)


async def memory(address: str, pid: int) -> str:
    """Return the growth of the server's memory over calls, and over visits."""
    visitors = [Visitor(address, {}) for _ in range(CLIENTS)]

    async def share(visitor: Visitor, numbers: range) -> None:
        for number in numbers:
            await visitor.mixed(number)

    async def calls(count: int) -> None:
        shares = (range(index, count, CLIENTS) for index in range(CLIENTS))
        await asyncio.gather(*map(share, visitors, shares))

    await calls(WARM)
    sizes = [resident(pid)]
    await calls(CALLS)
    sizes.append(resident(pid))
    for number in range(VISITS):
        await visitors[number % CLIENTS].timed("visit", visitors[number % CLIENTS].visit)
    sizes.append(resident(pid))
    errors = sum(visitor.errors for visitor in visitors)
    return (
        f"{sizes[0]:.0f} MB; {sizes[1] - sizes[0]:+.1f} MB after {CALLS} calls, "
        f"{sizes[2] - sizes[1]:+.1f} MB after {VISITS} visits, {errors} errors"
    )


async def calls(address: str, pid: int) -> str:
    """Return calls per second of eight clients, and the times of each endpoint."""
    seconds: dict[str, list[float]] = {}
    visitors = [Visitor(address, seconds) for _ in range(CLIENTS)]

    async def busy(visitor: Visitor, number: int) -> None:
        while time.perf_counter() < end:
            await visitor.mixed(number)
            number += 1

    end = time.perf_counter() + SECONDS / 4
    await asyncio.gather(*map(busy, visitors, range(CLIENTS)))
    seconds.clear()
    end = time.perf_counter() + SECONDS
    await asyncio.gather(*map(busy, visitors, range(CLIENTS)))
    count = sum(map(len, seconds.values()))
    times = "; ".join(f"{name} {summary(values)}" for name, values in sorted(seconds.items()))
    return f"{count / SECONDS:.1f} calls/s, {sum(v.errors for v in visitors)} errors; {times}"


async def drawing(address: str, pid: int) -> str:
    """Return the times of visitors' strokes, all drawing at the same time."""
    seconds: dict[str, list[float]] = {}
    visitors = [Visitor(address, seconds) for _ in range(VISITORS)]
    component = await visitors[0].component()
    end = time.perf_counter() + SECONDS

    async def draw(visitor: Visitor) -> None:
        while (begun := time.perf_counter()) < end:
            await visitor.timed("stroke", lambda: visitor.stroke(component))
            await asyncio.sleep(max(0, STROKE_MS / 1000 - (time.perf_counter() - begun)))

    await asyncio.gather(*map(draw, visitors))
    count, errors = len(seconds["stroke"]), sum(visitor.errors for visitor in visitors)
    return f"{count / SECONDS:.1f} strokes/s, {summary(seconds['stroke'])}, {errors} errors"


async def hour(address: str, pid: int) -> str:
    """Return the server's memory during an hour of calls, visits and strokes."""
    visitors = [Visitor(address, {}) for _ in range(CLIENTS)]
    component = await visitors[0].component()
    end = time.perf_counter() + HOUR

    async def busy(visitor: Visitor, number: int) -> None:
        while time.perf_counter() < end:
            await visitor.mixed(number)
            await visitor.timed("stroke", lambda: visitor.stroke(component))
            if number % CALLS_PER_VISIT == 0:
                await visitor.timed("visit", visitor.visit)
            number += 1

    async def read() -> list[str]:
        sizes = [f"{resident(pid):.0f}"]
        for _ in range(READINGS):
            await asyncio.sleep(HOUR / READINGS)
            sizes.append(f"{resident(pid):.0f}")
        return sizes

    reading = asyncio.create_task(read())
    await asyncio.gather(reading, *map(busy, visitors, range(CLIENTS)))
    made = sum(len(times) for visitor in visitors for times in visitor.seconds.values())
    errors = sum(visitor.errors for visitor in visitors)
    return f"{', '.join(reading.result())} MB; {made} calls, {errors} errors"


ROWS = {"memory": memory, "calls": calls, "drawing": drawing, "hour": hour}


def summary(seconds: list[float]) -> str:
    """Return median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    p50, p95 = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms"


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def measure(row: str) -> None:
    """Measure a row for the app, then for bare Gradio, and print both."""
    for name, command in SERVERS.items():
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *command) as server:
            result = asyncio.run(ROWS[row](server, server.process.pid))
            print(f"{row:8} {name:12} {result}", flush=True)


def main() -> None:
    """Print the rows that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.crowds", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="default: not hour")
    for row in parser.parse_args().rows or [row for row in ROWS if row != "hour"]:
        measure(row)


if __name__ == "__main__":
    main()
