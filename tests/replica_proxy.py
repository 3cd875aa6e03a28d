"""A small proxy of several replicas, as a process: `python -m tests.replica_proxy PORT PORT ...`.

It behaves as the nginx example in docs/deploy.md. A visitor keeps the replica that the cookie
`replica` selects, or the address without one. A replica that refuses a connection is left out for
FAIL_SECONDS, and the request goes to the next one. It listens on GRADIO_SERVER_PORT.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import sys
import time
import uuid
from collections.abc import Iterator

FAIL_SECONDS = 10.0  # nginx's default
COOKIE = re.compile(rb"^cookie:.*?\breplica=(\w+)", re.IGNORECASE | re.MULTILINE)
CONNECTION = re.compile(rb"^connection:[^\n]*\n", re.IGNORECASE | re.MULTILINE)

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Forwards each request to the replica of its visitor."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.failed: dict[int, float] = {}

    def candidates(self, visitor: bytes) -> Iterator[int]:
        """Yield the ports for a visitor, the preferred one first; a failed one comes last."""
        key = int.from_bytes(hashlib.sha256(visitor).digest()[:4]) % len(self.ports)
        turned = self.ports[key:] + self.ports[:key]
        now = time.monotonic()
        yield from sorted(turned, key=lambda port: self.failed.get(port, -1e9) > now - FAIL_SECONDS)

    async def connect(self, visitor: bytes) -> Connection:
        """Return a connection to the visitor's replica, or to the next one.

        Raises:
            OSError: no replica answers.
        """
        for port in self.candidates(visitor):
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                self.failed[port] = time.monotonic()
        raise OSError("no replica answers")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one request, and close the connection after its response."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            cookie = COOKIE.search(head)
            visitor = cookie[1] if cookie else writer.get_extra_info("peername")[0].encode()
            try:
                inner, outer = await self.connect(visitor)
                outer.write(one_request(head))
                sent = asyncio.create_task(copy(reader, outer))
                answer = await inner.readuntil(b"\r\n\r\n")
            except (OSError, asyncio.IncompleteReadError):
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            else:
                is_new = not cookie and head.startswith(b"GET / ")
                writer.write(with_cookie(answer) if is_new else answer)
                await copy(inner, writer)
                sent.cancel()
                outer.close()
        writer.close()


def one_request(head: bytes) -> bytes:
    """Return the head of a request after which the server closes the connection."""
    return CONNECTION.sub(b"", head).replace(b"\r\n", b"\r\nconnection: close\r\n", 1)


def with_cookie(answer: bytes) -> bytes:
    """Return the head of a response that gives the visitor a cookie."""
    cookie = f"set-cookie: replica={uuid.uuid4().hex}; Path=/; HttpOnly; SameSite=Lax\r\n\r\n"
    return answer.removesuffix(b"\r\n") + cookie.encode()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy a stream until one side has left."""
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


async def main(ports: list[int]) -> None:
    """Forward requests until the process is stopped."""
    port = int(os.environ["GRADIO_SERVER_PORT"])
    server = await asyncio.start_server(Proxy(ports).serve, "127.0.0.1", port)
    print(f"forwards http://127.0.0.1:{port}", flush=True)  # what tests/serving.py waits for
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main([int(port) for port in sys.argv[1:]]))
