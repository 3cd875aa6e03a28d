// Mouse, touch and keyboard input of the map. A hovering mouse decodes, a dragging mouse pans (in
// Plotly). One finger decodes, so its touch events are hidden from Plotly, which would pan. Two fingers
// pan and zoom.

const CLICK_PX = 5; // a larger movement is a drag
const STEP = 0.1;
const FINE_STEP = 0.02;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ZOOM = { "+": 0.8, "=": 0.8, "-": 1.25 };

// `view()` returns the position of the axes (plot.js), or null. Calls `hover(point)` for the point of the
// plane under the pointer, `leave()` when the pointer leaves the plane, `pick(point)` for a click or a
// tap, and `pinch(before, after)` with the previous and current positions of two fingers, in pixels of
// `plot`.
export function followPointer(plane, plot, view, { hover, leave, pick, pinch }) {
  let press = null;
  const fingers = followFingers(plane, plot, pinch);

  // Returns the point of the plane at an event; null outside the axes and on Plotly's buttons.
  function pointUnder(event) {
    if (event.target.closest?.(".modebar")) return null;
    const axes = view();
    if (axes === null) return null;
    const { left, top, width, height, x, y } = axes;
    const box = plot.getBoundingClientRect();
    const across = (event.clientX - box.left - left) / width;
    const up = 1 - (event.clientY - box.top - top) / height;
    if (!(across >= 0 && across <= 1 && up >= 0 && up <= 1)) return null;
    return [x[0] + across * (x[1] - x[0]), y[0] + up * (y[1] - y[0])];
  }

  function move(event) {
    if (press?.mouse || fingers.size > 1) return; // the pointer pans or pinches
    const point = pointUnder(event);
    if (point) hover(point);
    else if (event.pointerType === "mouse") leave();
  }
  plane.addEventListener("pointermove", move, true);
  plane.addEventListener("pointerleave", (event) => {
    // Lifting a finger also fires this event, but keeps the point.
    if (event.pointerType === "mouse" && !press) leave();
  });

  plane.addEventListener("pointerdown", (event) => {
    if (press && !event.isPrimary) press.pinched = true; // a tap has one finger
    if (!event.isPrimary || event.button !== 0 || !pointUnder(event)) return;
    press = { mouse: event.pointerType === "mouse", x: event.clientX, y: event.clientY };
    if (!press.mouse) move(event);
  }, true);
  // On the window, because Plotly covers the page with an element while it pans.
  window.addEventListener("pointerup", (event) => {
    if (press === null || !event.isPrimary) return;
    const moved = Math.hypot(event.clientX - press.x, event.clientY - press.y);
    const still = moved < CLICK_PX && !press.pinched;
    press = null;
    const point = still ? pointUnder(event) : null;
    if (point) pick(point);
  }, true);
  window.addEventListener("pointercancel", () => { press = null; }, true);

  plane.addEventListener("touchstart", (event) => {
    if (pointUnder(event.touches[0])) event.stopPropagation();
  }, { capture: true, passive: true });
}

// Returns the fingers on the map by pointer id. Calls `pinch` for two fingers, at most once per frame.
function followFingers(plane, plot, pinch) {
  const fingers = new Map();
  let before = null; // positions at the last call of `pinch`
  let frame = 0;

  function position({ clientX, clientY }) {
    const { left, top } = plot.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }
  function follow() {
    frame = 0;
    if (fingers.size !== 2) return;
    const after = [...fingers.values()];
    if (before) pinch(before, after);
    before = after;
  }
  plane.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || event.target.closest?.(".modebar")) return;
    fingers.set(event.pointerId, position(event));
    before = fingers.size === 2 ? [...fingers.values()] : null;
  }, true);
  window.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, position(event));
    if (fingers.size === 2 && frame === 0) frame = requestAnimationFrame(follow);
  }, true);
  for (const name of ["pointerup", "pointercancel"]) {
    window.addEventListener(name, (event) => {
      if (fingers.delete(event.pointerId)) before = null;
    }, true);
  }
  return fingers;
}

// Calls `step([dx, dy])`, `pick()`, `leave()`, `zoom(factor)` and `reset()` for keys on the map.
export function followKeys(plane, { step, pick, leave, zoom, reset }) {
  plane.addEventListener("keydown", (event) => {
    if (event.target !== plane || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) step(arrow.map((sign) => sign * (event.shiftKey ? FINE_STEP : STEP)));
    else if (event.key === "Enter" || event.key === " ") pick();
    else if (event.key === "Escape") leave();
    else if (ZOOM[event.key]) zoom(ZOOM[event.key]);
    else if (event.key === "0") reset();
    else return;
    event.preventDefault();
  });
}
