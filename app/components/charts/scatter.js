// Scatter plot of two-dimensional codes in class colors, with the prior's circles and an optional cross.
import { draw } from "../../frontend/js/dom.js";
import { drawPoints } from "./points.js";

const CROSS = 6;
const MIN_LABEL_GAP = 18; // pixels between two circles, without which their labels are omitted

// Returns a function that updates the canvas and the SVG in `host`: {points: [x, y, x, y, ...],
// labels, half}, half being half the side of the view, and {mark: [x, y] | null} for the cross.
export function createScatter(host, { radii, colors }) {
  const [canvas, svg] = ["canvas", "svg"].map((name) => host.querySelector(name));
  let shown = { points: [], labels: [], half: 1, mark: null };

  const toPixels = (x, y, side) => [(x / shown.half + 1) * side / 2, (1 - y / shown.half) * side / 2];

  function drawOverlay() {
    const side = canvas.clientWidth;
    if (side === 0) return;
    const [middle, scale] = [side / 2, side / 2 / shown.half];
    const circles = radii.flatMap((radius) => doubled("circle", { cx: middle, cy: middle, r: radius * scale }));
    const names = scale * (radii[1] - radii[0]) < MIN_LABEL_GAP ? [] : radii.map((radius) => (
      draw("text", { x: middle, y: middle - radius * scale - 4 }, `${radius}σ`)));
    svg.replaceChildren(...circles, ...names, ...(shown.mark ? cross(toPixels(...shown.mark, side)) : []));
  }

  new ResizeObserver(() => {
    drawPoints(canvas, { ...shown, colors });
    drawOverlay();
  }).observe(host);
  return (changes) => {
    shown = { ...shown, ...changes };
    if (!("mark" in changes)) drawPoints(canvas, { ...shown, colors });
    drawOverlay();
  };
}

function cross([x, y]) {
  const d = `M${x - CROSS} ${y - CROSS}l${2 * CROSS} ${2 * CROSS}m0 ${-2 * CROSS}l${-2 * CROSS} ${2 * CROSS}`;
  return doubled("path", { d });
}

// Returns each line twice: a wider halo separates it from the points below.
const doubled = (name, attributes) => [
  draw(name, { ...attributes, class: "halo" }), draw(name, attributes),
];
