"""Visitors far away, on slow networks and in crowds: `python -m tests.benchmarks.visitors`.

It prints each figure with the one of bare Gradio from the same run, and asserts nothing. The rows
of pages are measured by page_latency.py, the rows of calls by crowds.py. It takes ten minutes on an
idle machine.
"""

from tests.benchmarks import crowds
from tests.benchmarks.page_latency import (
    EMPTY,
    READY,
    Network,
    browser_and_servers,
    drawing,
    loading,
    plain_slider,
    pointing,
    sliding,
)

FAR = Network(latency=150)
DRAWING = ".reconstruct-stage:not([inert]) #pad canvas"
TABS = "#tabs [role=tab] >> visible=true"  # the first view has the first tab only
RUNS = 5
SLOW_3G = Network(latency=400, throughput=400)


def main() -> None:
    """Print the rows of pages, then the rows of calls."""
    with browser_and_servers() as (browser, app, plain, empty):
        print("150 ms of latency", flush=True)
        drawing(browser, app, "vae-2d", FAR)
        drawing(browser, app, "vae-32d", FAR)
        sliding(browser, app, "vae-32d", FAR)
        pointing(browser, app, "vae-32d", FAR)
        plain_slider(browser, plain, FAR)
        print("first view", flush=True)
        loading(browser, "the page", app, READY, runs=RUNS)
        loading(browser, "empty gr.Blocks", empty, EMPTY, runs=RUNS)
        loading(browser, "the page, other tabs", app, TABS, runs=RUNS)
        print("slow 3G: 400 kbit/s, 400 ms", flush=True)
        loading(browser, "the page, text", app, ".introduction >> visible=true", SLOW_3G)
        loading(browser, "the page, drawing", app, DRAWING, SLOW_3G)
        loading(browser, "the page, other tabs", app, TABS, SLOW_3G)
        loading(browser, "empty gr.Blocks", empty, EMPTY, SLOW_3G)
    for row in ("calls", "memory"):
        crowds.measure(row)


if __name__ == "__main__":
    main()
