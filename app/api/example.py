"""The image of a digit that the examples on the API page send.

Gradio reads each component's example once, outside of a request, when the host is not known. So the
address contains a placeholder, which `ExampleAddress` replaces.
"""

from functools import cache

from jinja2.utils import htmlsafe_json_dumps
from PIL import Image, ImageDraw
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app import images
from app.frontend.response_body import PAGE, asks_for, rewrite_text

PATH = "/example-digit.png"
PLACEHOLDER = "http://this-server.invalid"
URL = PLACEHOLDER + PATH
DIGIT = 3
SIDE = 280  # pixels, of the image
PEN = 26  # pixels
DESCRIBING = (*PAGE, "/gradio_api/info")  # the responses that contain the examples


@cache
def example_digit() -> bytes:
    """Return a drawn digit as a PNG, dark on light."""
    image = Image.new("L", (SIDE, SIDE), 255)
    draw = ImageDraw.Draw(image)
    for stroke in images.example_digits()[DIGIT]:
        draw.line([(SIDE * x, SIDE * y) for x, y in stroke], fill=0, width=PEN, joint="curve")
    return images.png(image)


def example_route() -> Route:
    """Return the route that serves the digit."""
    return Route(PATH, lambda _: Response(example_digit(), media_type="image/png"))


class ExampleAddress:
    """ASGI middleware that puts the address of this server into the examples."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request; in a response that describes the API, replace the placeholder."""
        if asks_for(scope, DESCRIBING):
            address = str(Request(scope).base_url).rstrip("/")
            # The host comes from the visitor; the placeholder is in JSON, also within a script.
            written = htmlsafe_json_dumps(address)[1:-1]
            send = rewrite_text(send, lambda body: body.replace(PLACEHOLDER, written))
        await self.app(scope, receive, send)
