// The machine's wires: from each stage's button to those that need its result. They are drawn from
// where the buttons stand, so that the style sheet alone decides on the layout: wide, in the order
// of the data, or folded for a phone.

const HEAD = 7; // pixels, of an arrow
const OVER = 12; // how far above the machine's first row the skip from x passes

// [from, to, way]: "rise" leaves upwards or downwards and arrives sideways, "fall" the other way
// round, "over" passes above everything. Folded, no way is needed but from σ to z, round a corner,
// and what is `far` would cross other buttons.
const WIRES = [
  ["x", "encoder"], ["encoder", "mu"], ["mu", "std", "rise"], ["mu", "z"], ["std", "z", "fall"],
  ["eps", "z", "fall"], ["z", "decoder"], ["decoder", "x_hat"], ["x_hat", "reconstruction"],
  ["x", "reconstruction", "over", "far"], ["mu", "kl", "rise", "far"], ["kl", "elbo", "fall"],
  ["reconstruction", "elbo"],
];

// Draws all wires into `svg`. `reached(key)` is whether a stage has been reached, `current` the key
// of the one in view.
export function drawWires(svg, buttons, reached, current) {
  const frame = svg.getBoundingClientRect();
  if (frame.width === 0) return; // in a tab that is not open
  const boxes = Object.fromEntries(buttons.map((button) => [button.dataset.stage, boxOf(button, frame)]));
  const folded = boxes.std.middle > boxes.mu.top;
  svg.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
  svg.replaceChildren(...WIRES.filter(([, , , far]) => !folded || !far).map(([from, to, way]) => {
    const wire = document.createElementNS("http://www.w3.org/2000/svg", "path");
    wire.setAttribute("d", arrow(route(boxes[from], boxes[to], folded ? "corner" : way)));
    wire.classList.toggle("reached", reached(from) && reached(to));
    wire.classList.toggle("flowing", to === current && reached(from));
    return wire;
  }));
}

function boxOf(button, frame) {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const box = {
    left: left - frame.left, right: right - frame.left, top: top - frame.top, bottom: bottom - frame.top,
  };
  return { ...box, center: (box.left + box.right) / 2, middle: (box.top + box.bottom) / 2 };
}

// The wire's corners, from one box's edge to another's.
function route(a, b, way) {
  const sides = (one, other) => (one.center < other.center ? [one.right, other.left] : [one.left, other.right]);
  const ends = (one, other) => (one.middle < other.middle ? [one.bottom, other.top] : [one.top, other.bottom]);
  const [fromX, toX] = sides(a, b);
  const [fromY, toY] = ends(a, b);
  if (way === "over") {
    return [[a.center, a.top], [a.center, -OVER], [b.center, -OVER], [b.center, b.top]];
  }
  if (Math.abs(a.middle - b.middle) < 4) return [[fromX, a.middle], [toX, b.middle]];
  if (b.left <= a.center && a.center <= b.right) return [[a.center, fromY], [a.center, toY]];
  if (way === "rise") return [[a.center, fromY], [a.center, b.middle], [toX, b.middle]];
  if (way === "corner") return [[fromX, fromY], [toX, toY]];
  return [[fromX, a.middle], [b.center, a.middle], [b.center, toY]];
}

// A path along the corners with an arrow's head at the end.
function arrow(corners) {
  const [[beforeX, beforeY], [x, y]] = corners.slice(-2);
  const angle = Math.atan2(y - beforeY, x - beforeX);
  const wing = (turn) => `${x - HEAD * Math.cos(angle + turn)} ${y - HEAD * Math.sin(angle + turn)}`;
  const line = corners.map((corner) => corner.join(" ")).join("L");
  return `M${line}M${wing(0.5)}L${x} ${y}L${wing(-0.5)}`;
}
