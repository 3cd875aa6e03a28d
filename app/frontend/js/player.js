// A player: a button starts it and stops it, and so does leaving its tab or the window.
import { hidden } from "./visibility.js";

const LONGEST_SECONDS = 0.1; // of a frame: after a pause of the browser's nothing jumps

// Returns {running, toggle(), stop()}. While it runs it calls `advance(seconds)`, with the time since
// the last call: once a frame, or every `interval` milliseconds. `changed(running)` is called when it
// starts and when it stops.
export function createPlayer(element, advance, changed, interval = 0) {
  let run = null; // a new object for each run: what an earlier one has scheduled does nothing
  const schedule = interval
    ? (next) => setTimeout(() => next(performance.now()), interval)
    : requestAnimationFrame;

  function wait(own, before) {
    schedule((now) => {
      if (own !== run) return;
      if (hidden(element)) {
        stop();
        return;
      }
      advance(Math.min((now - before) / 1000, LONGEST_SECONDS));
      wait(own, now);
    });
  }
  function stop() {
    if (run === null) return;
    run = null;
    changed(false);
  }
  function start() {
    run = {};
    changed(true);
    wait(run, performance.now());
  }
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  return { get running() { return run !== null; }, stop, toggle: () => (run ? stop() : start()) };
}
