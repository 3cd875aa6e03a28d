"""Firefox, driven by WebDriver BiDi: Playwright's Firefox is not the one that people have."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

# Evaluates an expression every 50 ms until it is true.
_UNTIL = """new Promise((resolve, reject) => {{
  const started = performance.now();
  const look = () => {{
    if ({0}) resolve(true);
    else if (performance.now() - started > 60000) reject(new Error("never true"));
    else setTimeout(look, 50);
  }};
  look();
}})"""
_MIDDLE = """(() => {{
  const element = document.querySelector({0});
  element.scrollIntoView({{ block: "center" }});
  const {{ left, top, width, height }} = element.getBoundingClientRect();
  return JSON.stringify([left + width / 2, top + height / 2]);
}})()"""


class Firefox:
    """A window of Firefox.

    Attributes:
        problems: the errors that its page wrote or did not catch.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.problems: list[str] = []
        self._socket = socket
        self._sent = 0
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        tree = self._send("browsingContext.getTree")
        self._window: str = tree["contexts"][0]["context"]
        size = {"width": 1440, "height": 900}
        self._send("browsingContext.setViewport", context=self._window, viewport=size)

    def open(self, address: str) -> None:
        """Open a page and wait until it is loaded."""
        self._send("browsingContext.navigate", context=self._window, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return the number, string or boolean that an expression results in.

        Raises:
            RuntimeError: if it throws.
        """
        target = {"context": self._window}
        answer = self._send(
            "script.evaluate", expression=expression, target=target, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise RuntimeError(f"{answer['exceptionDetails']['text']}: {expression}")
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true."""
        self.evaluate(_UNTIL.format(expression))

    def point(self, selector: str, *path: tuple[int, int], press: bool = False) -> None:
        """Move the mouse along offsets from an element's middle; `press` holds its button down."""
        x, y = json.loads(self.evaluate(_MIDDLE.format(json.dumps(selector))))
        moves = [
            {"type": "pointerMove", "x": round(x + dx), "y": round(y + dy), "duration": 30}
            for dx, dy in path
        ]
        if press:
            moves.insert(1, {"type": "pointerDown", "button": 0})
            moves.append({"type": "pointerUp", "button": 0})
        mouse = {"type": "pointer", "id": "mouse", "actions": moves}
        self._send("input.performActions", context=self._window, actions=[mouse])

    def click(self, selector: str) -> None:
        """Click in the middle of an element."""
        self.point(selector, (0, 0), press=True)

    def _send(self, method: str, **parameters: Any) -> Any:
        """Send a command and return its result; record what the page reports until then."""
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=90))
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.problems.append(answer["params"]["text"])
            if answer.get("id") == self._sent:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]


@contextmanager
def running(binary: str, profile: Path) -> Iterator[Firefox]:
    """Start Firefox without a window on the screen, and yield its first page."""
    command = [binary, "--headless", "--no-remote", "--remote-debugging-port=0"]
    with subprocess.Popen(
        [*command, "--profile", str(profile)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            lines = (re.search(r"ws://[\d.]+:\d+", line) for line in process.stderr)
            address = next(found.group() for found in lines if found)
            with connect(f"{address}/session", max_size=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
