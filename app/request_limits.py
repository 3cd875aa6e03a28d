"""ASGI middleware that limits request size and blocks cross-site calls of server functions.

Gradio's server functions bypass its queue and its limits and accept POST bodies of any size from
any site. The middleware is plain ASGI, independent of the payloads.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

SERVER_FUNCTIONS = "/component_server"
MAX_CALL = 1_000_000  # bytes; the largest call, 400 codes of 32 numbers, is a quarter of it
MAX_BODY = 32_000_000  # bytes; an upload of 20 MB in base64 is 27 MB


class RequestRejected(Exception):
    """A request outside the limits; the arguments are the HTTP status and a sentence."""


class RequestLimits:
    """ASGI middleware: 413 for a body that is too large, 403 for a cross-site server call."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Forward a request to the application while it is within the limits."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            check_headers(scope)
            await self.app(scope, limit_body(receive, max_body_size(scope)), send)
        except RequestRejected as rejection:
            await send_error(send, *rejection.args)


def max_body_size(scope: MutableMapping[str, Any]) -> int:
    """Return the largest body size that a request may have, in bytes."""
    is_call = scope["path"].rstrip("/").endswith(SERVER_FUNCTIONS)
    return MAX_CALL if is_call else MAX_BODY


def check_headers(scope: MutableMapping[str, Any]) -> None:
    """Raise RequestRejected if Content-Length exceeds the limit or a server call is cross-site."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > max_body_size(scope):
        raise RequestRejected(413, f"A request may have {max_body_size(scope)} bytes at most.")
    # Browsers set Sec-Fetch-Site; scripts cannot change it.
    is_call = max_body_size(scope) == MAX_CALL
    if is_call and headers.get(b"sec-fetch-site") == b"cross-site":
        raise RequestRejected(403, "This page's functions answer to this page only.")


def limit_body(receive: Receive, max_bytes: int) -> Receive:
    """Wrap `receive` to raise RequestRejected once a body without a length exceeds `max_bytes`."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise RequestRejected(413, f"A request may have {max_bytes} bytes at most.")
        return message

    return counted


async def send_error(send: Send, status: int, sentence: str) -> None:
    """Send a plain-text response with an HTTP status."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
