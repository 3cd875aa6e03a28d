// The panel of the variance heads: four functions of a, and the training curves.
import { createChart, followDrag, line } from "../../../components/charts/chart.js";
import { draw } from "../../../frontend/js/dom.js";
import { fixed, significant } from "../../../frontend/js/format.js";
import { store } from "../../../frontend/js/store.js";
import { drawRuns } from "./runs.js";

const HEADS = {
  log: { of: Math.exp, slope: Math.exp, below: [-Infinity, 0] },
  softplus: { of: (a) => Math.log1p(Math.exp(a)), slope: (a) => 1 / (1 + Math.exp(-a)), below: [-Infinity, Math.log(Math.E - 1)] },
  relu: { of: (a) => Math.max(0, a), slope: (a) => (a > 0 ? 1 : 0), below: [-Infinity, 1], stuck: [-Infinity, 0] },
  abs: { of: Math.abs, slope: Math.sign, below: [-1, 1] },
};
const MAX_A = 4; // as in template.html
const HIGH = 4; // upper end of the σ² axis
const BAND = 12; // pixels, height of a strip where σ² < 1
const POINTS = Array.from({ length: 401 }, (_, i) => -MAX_A + (2 * MAX_A * i) / 400);

export function mount(body) {
  drawFunctions(body);
  drawRuns(body);
}

function drawFunctions(body) {
  const host = body.querySelector(".plot.functions");
  const range = body.querySelector(".readout input");
  let a = Number(range.value);
  let scale = null;
  const marks = draw("g", { class: "marks" });
  createChart(host, {
    label: "σ² = exp(a), softplus(a), ReLU(a) and |a|",
    x: { name: "a", low: -MAX_A, high: MAX_A, ticks: [-4, -3, -2, -1, 0, 1, 2, 3, 4] },
    y: { name: "σ²", low: -1, high: HIGH, ticks: [0, 1, 2, 3, 4] },
  }, (found) => {
    scale = found;
    move();
    return [one(scale), ...Object.keys(HEADS).flatMap((head, i) => [
      ...strips(scale, head, i), line(scale, points(head), head)]), marks];
  });

  function move() {
    if (scale !== null) marks.replaceChildren(...marked(scale, a));
    body.querySelector("[data-text=a]").textContent = fixed(a);
    for (const [head, { of, slope }] of Object.entries(HEADS)) {
      body.querySelector(`[data-value=${head}]`).textContent = written(of(a));
      body.querySelector(`[data-slope=${head}]`).textContent = written(slope(a));
    }
  }
  const keep = () => store.set({ head_input: Number(range.value) }); // rounded and clamped by the slider
  range.addEventListener("input", keep);
  store.on(["head_input"], ({ head_input }) => {
    a = head_input;
    range.value = a;
    move();
  });
  followDrag(host, (pixel) => {
    const { left, right } = scale.frame;
    range.value = -MAX_A + (2 * MAX_A * (pixel - left)) / (right - left);
    keep();
  });
}

const written = (value) => (Number.isInteger(value) ? fixed(value, 0) : significant(value));

// Returns the points of a curve, null above the frame.
const points = (head) => POINTS.map((a) => [a, HEADS[head].of(a) <= HIGH ? HEADS[head].of(a) : null]);

const one = ({ y, frame }) =>
  draw("path", { class: "one", d: `M${frame.left} ${y(1)}H${frame.right}` });

// Returns a strip below the axis for each head: where σ² < 1, hatched where its slope is 0.
function strips({ x, y, frame }, head, i) {
  const top = y(0) + 8 + i * BAND;
  const within = (a) => Math.min(Math.max(a, -MAX_A), MAX_A);
  const strip = ([from, to], name) => draw("rect", {
    class: `${name} ${head}`, x: x(within(from)), y: top, height: BAND - 5,
    width: x(within(to)) - x(within(from)),
  });
  const { below, stuck } = HEADS[head];
  return [
    strip(below, "below"), ...(stuck ? [strip(stuck, "stuck")] : []),
    ...(i === 0 ? [draw("text", { class: "tick across", x: frame.right - 4, y: top + 9 }, "strips: σ² < 1")] : []),
  ];
}

// Returns the marks at a: a line, and on each curve a point with its tangent.
function marked({ x, y, frame }, a) {
  const halfLength = 0.7; // of a tangent, in units of a
  return [
    draw("path", { class: "cursor", d: `M${x(a)} ${frame.top}V${frame.bottom}` }),
    ...Object.entries(HEADS).filter(([, { of }]) => of(a) <= HIGH).flatMap(([head, { of, slope }]) => {
      const dx = halfLength / Math.hypot(1, slope(a));
      const end = (side) => `${x(a + side * dx)} ${y(of(a) + side * dx * slope(a))}`;
      return [
        draw("path", { class: `tangent ${head}`, d: `M${end(-1)}L${end(1)}` }),
        draw("circle", { class: `at ${head}`, cx: x(a), cy: y(of(a)), r: 5 }),
      ];
    }),
  ];
}
