// Edges of the diagram: from each stage's button to the stages that use its result. They are computed
// from the positions of the buttons, so that CSS alone determines the layout (wide, or folded on a
// phone).
import { draw } from "../../frontend/js/dom.js";

const HEAD = 7; // pixels, size of an arrow head
const OVER = 12; // pixels between the first row and the edge from x to the reconstruction term

// [from, to, route, far]: "rise" leaves vertically and arrives horizontally, "fall" leaves horizontally
// and arrives vertically, "over" passes above all buttons. In the folded layout `far` edges are omitted,
// because they would cross buttons.
const EDGES = [
  ["x", "encoder"], ["encoder", "mu"], ["mu", "std", "rise"], ["mu", "z"], ["std", "z", "fall"],
  ["eps", "z", "fall"], ["z", "decoder"], ["decoder", "x_hat"], ["x_hat", "reconstruction"],
  ["x", "reconstruction", "over", "far"], ["mu", "kl", "rise", "far"], ["kl", "elbo", "fall"],
  ["reconstruction", "elbo"],
];

// Draws all edges into `svg`. `reached(key)` returns whether a stage has been reached; `current` is the
// key of the stage in view.
export function drawEdges(svg, buttons, reached, current) {
  const frame = svg.getBoundingClientRect();
  if (frame.width === 0) return; // hidden
  const boxes = Object.fromEntries(buttons.map((button) => [button.dataset.stage, boxOf(button, frame)]));
  const folded = boxes.std.middle > boxes.mu.top;
  svg.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
  svg.replaceChildren(...EDGES.filter(([, , , far]) => !folded || !far).map(([from, to, way]) => {
    const edge = draw("path", { d: arrow(route(boxes[from], boxes[to], folded ? "corner" : way)) });
    edge.classList.toggle("reached", reached(from) && reached(to));
    edge.classList.toggle("flowing", to === current && reached(from));
    return edge;
  }));
}

function boxOf(button, frame) {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const box = {
    left: left - frame.left, right: right - frame.left, top: top - frame.top, bottom: bottom - frame.top,
  };
  return { ...box, center: (box.left + box.right) / 2, middle: (box.top + box.bottom) / 2 };
}

// Returns the corners of an edge from one box to another.
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

// Returns the SVG path along the corners, with an arrow head at the end.
function arrow(corners) {
  const [[beforeX, beforeY], [x, y]] = corners.slice(-2);
  const angle = Math.atan2(y - beforeY, x - beforeX);
  const wing = (turn) => `${x - HEAD * Math.cos(angle + turn)} ${y - HEAD * Math.sin(angle + turn)}`;
  const line = corners.map((corner) => corner.join(" ")).join("L");
  return `M${line}M${wing(0.5)}L${x} ${y}L${wing(-0.5)}`;
}
