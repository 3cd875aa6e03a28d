"""Helpers of the ASGI middlewares that change the page: match its request, rewrite its body."""

from collections.abc import Callable

from starlette.types import Message, Scope, Send

PAGE = ("", "/")


def asks_for(scope: Scope, paths: tuple[str, ...] = PAGE) -> bool:
    """Return whether a request is a GET of one of these paths below the root path."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return scope.get("path", "").removeprefix(scope.get("root_path", "")) in paths


def rewrite_text(send: Send, change: Callable[[str], str]) -> Send:
    """Wrap `send` to collect the body of a text response and send `change(body)`."""
    return rewrite_body(send, lambda body: (change(body.decode()).encode(), {}))


def rewrite_body(send: Send, change: Callable[[bytes], tuple[bytes, dict[str, str]]]) -> Send:
    """Wrap `send` to collect a response's body, change it, and send it with further headers.

    Args:
        send: sends a message of the response.
        change: returns the new body and the further headers, given the body.
    """
    start: Message = {}
    body = b""

    async def rewrite(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
            return
        body += message.get("body", b"")
        if not message.get("more_body"):
            content, more = change(body)
            headers = [(k, v) for k, v in start["headers"] if k != b"content-length"]
            more = {**more, "content-length": str(len(content))}
            headers += [(k.lower().encode(), v.encode()) for k, v in more.items()]
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    return rewrite
