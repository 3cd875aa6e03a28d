// The rate-distortion curve: a point for each λ, which is also a button.
import { createChart, line, roundTicks } from "../../../components/charts/chart.js";
import { draw } from "../../../frontend/js/dom.js";
import { fixed } from "../../../frontend/js/format.js";

const MARGIN = 0.08; // fraction of the range, beyond the outermost points

// Draws the curve of `sweep` into `host`. Calls `choose(index)` for a clicked point. Returns a function
// that marks the point with an index.
export function drawCurve(host, sweep, choose) {
  let points = [];
  let chosen = 0;
  const axes = {
    x: axisOf("KL, nats (rate)", sweep.map(({ kl }) => kl)),
    y: axisOf("reconstruction, nats", sweep.map(({ reconstruction }) => reconstruction)),
  };
  const label = "Reconstruction against KL, a point for each λ";
  createChart(host, { label, role: "group", ...axes }, (scale) => {
    points = sweep.map((one, i) => point(scale, one, () => choose(i)));
    mark(chosen);
    return [line(scale, sweep.map(({ kl, reconstruction }) => [kl, reconstruction]), "sweep"), ...points];
  });
  function mark(index) {
    chosen = index;
    points.forEach((node, i) => node.setAttribute("aria-pressed", i === index));
  }
  return mark;
}

function axisOf(name, values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = MARGIN * (most - least);
  const [low, high] = [least - margin, most + margin];
  return { name, low, high, ticks: roundTicks(low, high) };
}

function point({ x, y }, { weight, kl, reconstruction }, press) {
  const label = `λ = ${weight}: KL ${fixed(kl)}, reconstruction ${fixed(reconstruction, 1)} nats`;
  const node = draw("g", {
    class: "point", role: "button", tabindex: 0, "aria-label": label,
    transform: `translate(${x(kl)} ${y(reconstruction)})`,
  },
  draw("circle", { class: "reach", r: 18 }), draw("circle", { class: "dot", r: 6 }),
  draw("text", { x: 12, y: -8 }, String(weight)));
  node.addEventListener("click", press);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    press();
  });
  return node;
}
