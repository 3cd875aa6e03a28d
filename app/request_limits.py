"""What a request may be, before Gradio reads it: its size, and for server functions its origin.

Gradio's server functions bypass its queue and its limits, and take posts of any size from any site.
The middleware is plain ASGI and knows nothing of what the requests are for.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

SERVER_FUNCTIONS = "/component_server"
MAX_CALL = 1_000_000  # bytes; the largest call, 400 codes of 32 numbers, takes a quarter of it
MAX_BODY = 32_000_000  # an upload of 20 MB, as base64 too


class Refused(Exception):
    """A request that is not read; its arguments are the HTTP status and a sentence."""


class RequestLimits:
    """ASGI middleware: 413 for a body that is too large, 403 for another site's server calls."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Passes a request on while it stays within the limits."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            check_headers(scope)
            await self.app(scope, limited(receive, limit(scope)), send)
        except Refused as refusal:
            await answer(send, *refusal.args)


def limit(scope: MutableMapping[str, Any]) -> int:
    """The most bytes that a request's body may have."""
    called = scope["path"].rstrip("/").endswith(SERVER_FUNCTIONS)
    return MAX_CALL if called else MAX_BODY


def check_headers(scope: MutableMapping[str, Any]) -> None:
    """Raises Refused for an announced length beyond the limit, or a server call of another site."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > limit(scope):
        raise Refused(413, f"A request may have {limit(scope)} bytes at most.")
    # Browsers say it themselves, and no script can forge it.
    called = limit(scope) == MAX_CALL
    if called and headers.get(b"sec-fetch-site") == b"cross-site":
        raise Refused(403, "This page's functions answer to this page only.")


def limited(receive: Receive, most: int) -> Receive:
    """`receive` that raises Refused once a body of unannounced length has grown beyond `most`."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise Refused(413, f"A request may have {most} bytes at most.")
        return message

    return counted


async def answer(send: Send, status: int, sentence: str) -> None:
    """Sends a short plain-text response."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
