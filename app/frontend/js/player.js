// A player that stops when its tab or the window is hidden.
import { isHidden } from "./visibility.js";

const MAX_FRAME_SECONDS = 0.1; // limits the jump after a pause of the browser

// Returns {running, toggle(), stop()}. While running, calls `advance(seconds)` with the time since the
// last call, once per frame or every `interval` milliseconds. Calls `changed(running)` when it starts
// and stops.
export function createPlayer(element, advance, changed, interval = 0) {
  let run = null; // a new object for each run, so that callbacks of an earlier run do nothing
  const schedule = interval
    ? (callback) => setTimeout(() => callback(performance.now()), interval)
    : requestAnimationFrame;

  function next(current, before) {
    schedule((now) => {
      if (current !== run) return;
      if (isHidden(element)) {
        stop();
        return;
      }
      advance(Math.min((now - before) / 1000, MAX_FRAME_SECONDS));
      next(current, now);
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
    next(run, performance.now());
  }
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  return { get running() { return run !== null; }, stop, toggle: () => (run ? stop() : start()) };
}
