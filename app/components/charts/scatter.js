// Codes in two dimensions as points in the colors of their classes, over them the circles of the
// prior and, where one is given, a cross. A canvas holds the points, since thousands may move at once.
import { draw } from "../../frontend/js/dom.js";

const DOT = 1.6; // half the side of a point, in CSS pixels
const CROSS = 6;
const APART = 18; // pixels between two circles that have room for their names

// Returns a function that changes what the canvas and the svg in `host` show: {points: [x, y, x, y,
// ...], labels, half} with half of the view's side, and {mark: [x, y] | null} for the cross.
export function createScatter(host, { radii, colors }) {
  const [canvas, svg] = ["canvas", "svg"].map((name) => host.querySelector(name));
  let shown = { points: [], labels: [], half: 1, mark: null };

  const toPixels = (x, y, side) => [(x / shown.half + 1) * side / 2, (1 - y / shown.half) * side / 2];

  function drawPoints() {
    const side = canvas.clientWidth;
    if (side === 0) return; // hidden
    const { points, labels } = shown;
    const ratio = window.devicePixelRatio;
    canvas.width = canvas.height = Math.round(side * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    labels.forEach((label, i) => {
      const [x, y] = toPixels(points[2 * i], points[2 * i + 1], side);
      context.fillStyle = colors[label];
      context.fillRect(x - DOT, y - DOT, 2 * DOT, 2 * DOT);
    });
  }

  function drawOver() {
    const side = canvas.clientWidth;
    if (side === 0) return;
    const [middle, scale] = [side / 2, side / 2 / shown.half];
    const circles = radii.flatMap((radius) => doubled("circle", { cx: middle, cy: middle, r: radius * scale }));
    const names = scale * (radii[1] - radii[0]) < APART ? [] : radii.map((radius) => (
      draw("text", { x: middle, y: middle - radius * scale - 4 }, `${radius}σ`)));
    svg.replaceChildren(...circles, ...names, ...(shown.mark ? cross(toPixels(...shown.mark, side)) : []));
  }

  new ResizeObserver(() => {
    drawPoints();
    drawOver();
  }).observe(host);
  return (changes) => {
    shown = { ...shown, ...changes };
    if (!("mark" in changes)) drawPoints();
    drawOver();
  };
}

function cross([x, y]) {
  const d = `M${x - CROSS} ${y - CROSS}l${2 * CROSS} ${2 * CROSS}m0 ${-2 * CROSS}l${-2 * CROSS} ${2 * CROSS}`;
  return doubled("path", { d });
}

// The same lines twice: the wider ones separate them from the points below.
const doubled = (name, attributes) => [
  draw(name, { ...attributes, class: "halo" }), draw(name, attributes),
];
