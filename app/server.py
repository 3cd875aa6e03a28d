"""Start of the server: environment, port, memory, and sessions. Independent of models and tabs."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import state_holder
from gradio.utils import LRUCache

M_ARENA_MAX = -8  # of glibc's malloc.h
HEAPS = 2
# Calls whose answers can be fetched; app.py lets 64 calls wait in the queue.
EVENTS = 500
LOCAL = "localhost,127.0.0.1,::1"


@contextmanager
def private_uploads() -> Iterator[None]:
    """Keep uploads in a folder of this process, removed at the end.

    Gradio's default is one folder for all users of a machine: if another user owns it, every upload
    fails. GRADIO_TEMP_DIR, if set, is used unchanged.
    """
    if os.environ.get("GRADIO_TEMP_DIR"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="vae-demo-", ignore_cleanup_errors=True) as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["GRADIO_TEMP_DIR"]


def bypass_proxy() -> None:
    """Exclude this machine from a proxy named in the environment.

    Gradio fetches its own page once before it reports success; a proxy cannot reach it.
    """
    for name in ("no_proxy", "NO_PROXY"):
        listed = os.environ.get(name)
        os.environ[name] = f"{listed},{LOCAL}" if listed else LOCAL


def share_heaps() -> None:
    """Let all threads allocate from two heaps of the C library.

    By default glibc opens up to eight heaps per core, one for each thread of Gradio's pools, and
    free memory of one heap cannot be used by another.
    """
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, HEAPS)


def requested_port() -> int | None:
    """Return GRADIO_SERVER_PORT; None lets Gradio take the first free port from 7860.

    Raises:
        ValueError: it is not a port.
    """
    text = os.environ.get("GRADIO_SERVER_PORT")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise ValueError(f"expected GRADIO_SERVER_PORT to be 1 to 65535, got {text!r}")
    return int(text)


class LeanSession(state_holder.SessionState):
    """A session without a copy of every component's configuration.

    Gradio keeps the copies, with what was sent and answered, for deep links, which the page does
    not have. They cost a third of the time of an API call, because a call without a session hash
    opens a session.
    """

    def __init__(self, blocks: Any) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def forget_events(page: gr.Blocks) -> None:
    """Limit what the queue keeps of past events to the last EVENTS, and skip its summaries.

    An API call without a session hash leaves a queue of messages and a record of its duration, of
    8 kB together, and an empty set of events, all of which are searched when an answer is fetched.
    Gradio's limits are 2,000, 10,000 and none. After every call Gradio summarizes all records with
    pandas, for a monitoring page that is not enabled here.
    """
    page._queue.pending_messages_per_session = LRUCache(EVENTS)
    page._queue.pending_event_ids_session = LRUCache(EVENTS)
    page._queue.ANALYTICS_MAX_EVENTS = EVENTS
    page._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize  # codespell:ignore anayltics


def launch(page: gr.Blocks, port: int | None, **options: Any) -> None:
    """Serve the page until the process is stopped.

    Args:
        page: the page.
        port: the port to listen on; None lets Gradio choose the first free one from 7860.
        options: further arguments of `gr.Blocks.launch`.

    Raises:
        ValueError: the port is taken.
    """
    forget_events(page)
    state_holder.SessionState = LeanSession  # type: ignore[misc]
    try:
        page.launch(server_port=port, **options)
    except OSError as error:
        if port is None:
            raise
        raise ValueError(
            f"port {port} is taken or not allowed: free it, or choose another one with "
            "GRADIO_SERVER_PORT"
        ) from error
