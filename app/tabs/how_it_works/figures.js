// Figures of the stages: tables of latent dimensions, gray images and heat maps, curves, and the plane
// of a two-dimensional q(z|x).
import { createChart, line, roundTicks } from "../../components/charts/chart.js";
import { draw, make } from "../../frontend/js/dom.js";
import { fixed } from "../../frontend/js/format.js";

// Latent dimensions

// Returns a table with a row for each of `dimensions`. A column is {symbol, head, values, text, bar}:
// `text(value)` formats the value, and `bar` adds a bar with one scale for all rows. `strip(i)` returns
// an additional cell.
export function dimensionTable(dimensions, columns, strip = null) {
  const heads = columns.flatMap(({ symbol, head, bar }) => (
    bar ? [make("th", symbol, head), make("td")] : [make("th", symbol, head)]));
  const scale = columns.map(({ values }) => Math.max(1e-9, ...dimensions.map((i) => Math.abs(values[i] ?? 0))));
  const rows = dimensions.map((i) => {
    const cells = columns.flatMap(({ symbol, values, text = fixed, missing = "", bar }, at) => {
      const number = make("td", symbol, values[i] === null ? missing : text(values[i]));
      return bar ? [number, barCell(symbol, (values[i] ?? 0) / scale[at], bar)] : [number];
    });
    return make("tr", "", make("th", "z", "z", make("sub", "", i + 1)), ...cells, ...(strip ? [strip(i)] : []));
  });
  const head = make("tr", "", make("td"), ...heads);
  return make("table", "dimensions", make("thead", "", head), make("tbody", "", ...rows));
}

// Returns a bar from the cell's center to either side, or from its left edge if "positive".
function barCell(symbol, share, kind) {
  const bar = make("i", symbol);
  const whole = kind === "positive" ? 100 : 50;
  bar.style.left = `${kind === "positive" ? 0 : 50 + Math.min(0, 50 * share)}%`;
  bar.style.width = `${whole * Math.abs(share)}%`;
  return make("td", `bar ${kind === "positive" ? "" : "signed"}`, bar);
}

// Returns the axis of one dimension from -maxAbs to maxAbs: the prior's ±1, μ ± σ, and z if given.
export function axisCell(maxAbs, mu, std, z = null) {
  const share = (value) => 100 * (value / maxAbs + 1) / 2;
  const span = (className, from, to) => {
    const part = make("i", className);
    part.style.left = `${share(from)}%`;
    part.style.width = `${share(to) - share(from)}%`;
    return part;
  };
  const point = (className, at) => span(`${className} point`, at, at);
  const parts = [span("prior", -1, 1), span("sigma", mu - std, mu + std), point("mu", mu)];
  return make("td", "axis", ...parts, ...(z === null ? [] : [point("z", z)]));
}

// Returns a small bar chart of a vector, for a button of the diagram.
export function sparkline(symbol, values) {
  const peak = Math.max(1e-9, ...values.map((value) => Math.abs(value ?? 0)));
  const bars = values.map((value, i) => {
    const height = 9 * Math.abs(value ?? 0) / peak;
    return draw("rect", {
      x: (60 * (i + 0.1)) / values.length, width: 48 / values.length, height: Math.max(0.5, height),
      y: value < 0 ? 10 : 10 - height,
    });
  });
  return draw("svg", { class: `sparkline ${symbol}`, viewBox: "0 0 60 20", preserveAspectRatio: "none" }, ...bars);
}

// Images

// Returns a canvas of gray bytes in row-major order.
export function grayImage(bytes, rows, columns, label) {
  return image(rows, columns, label, (i) => [bytes[i], bytes[i], bytes[i]]);
}

const RAMP = [[0, 0, 0], [0, 114, 178], [120, 200, 255], [255, 255, 255]];

// Returns a canvas of values in row-major order, from `low` (black) over blue to `high` (white).
export function heatImage(values, rows, columns, [low, high], label) {
  return image(rows, columns, label, (i) => {
    const at = (RAMP.length - 1) * Math.min(1, Math.max(0, (values[i] - low) / (high - low || 1)));
    const below = Math.min(RAMP.length - 2, Math.floor(at));
    return RAMP[below].map((channel, c) => channel + (at - below) * (RAMP[below + 1][c] - channel));
  });
}

function image(rows, columns, label, color) {
  const canvas = make("canvas", "digit");
  Object.assign(canvas, { width: columns, height: rows });
  canvas.style.aspectRatio = `${columns} / ${rows}`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const context = canvas.getContext("2d");
  const data = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) data.data.set([...color(i), 255], 4 * i);
  context.putImageData(data, 0, 0);
  return canvas;
}

export function captioned(content, ...caption) {
  return make("figure", "", content, make("figcaption", "", ...caption));
}

// Calls `point(row, column)` with the pixel at the pointer.
export function onPixel(canvas, point) {
  const follow = ({ offsetX, offsetY }) => {
    const within = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    point(within(offsetY / canvas.clientHeight, canvas.height), within(offsetX / canvas.clientWidth, canvas.width));
  };
  canvas.addEventListener("pointermove", follow);
  canvas.addEventListener("pointerdown", follow);
}

// Curves and the plane

const axisOf = (name, symbol, [low, high]) => ({ name, symbol, low, high, ticks: roundTicks(low, high) });

// Returns the chart of y = f(x) with a point at each x of `points`. `x` and `y` are {name, range}; the
// curve and its axes have the color of `symbol`.
export function curve(symbol, x, y, f, points, label) {
  const axes = { x: axisOf(x.name, symbol, x.range), y: axisOf(y.name, symbol, y.range) };
  const [low, high] = x.range;
  const samples = Array.from({ length: 121 }, (_, i) => low + (i / 120) * (high - low));
  const host = make("div", "curve");
  createChart(host, { label, ...axes }, (scale) => [
    line(scale, samples.map((at) => [at, f(at)]), symbol),
    ...points.flatMap((at) => [
      line(scale, [[at, 0], [at, f(at)]], `stem ${symbol}`),
      draw("circle", { class: `dot ${symbol}`, cx: scale.x(at), cy: scale.y(f(at)), r: 5 })]),
  ]);
  return host;
}

// Returns N(μ, σ²) of a two-dimensional code: the 1σ and 2σ ellipses and, if `withZ`, the step σ⊙ε to
// z. An overview shows the size of this region relative to the prior.
export function plane({ mu, std, z }, withZ) {
  const distance = withZ ? Math.max(Math.abs(z[0] - mu[0]), Math.abs(z[1] - mu[1])) : 0;
  const extent = 1.15 * Math.max(2.1 * Math.max(...std), distance) || 1;
  const [x, y] = mu.map((at, i) => axisOf(`z${"₁₂"[i]}`, "z", [at - extent, at + extent]));
  const label = `q(z|x) on the plane: μ at ${mu.map((value) => fixed(value)).join(", ")}`;
  const host = make("div", "");
  createChart(host, { label, x, y }, (scale) => {
    const [[mx, my], [zx, zy]] = [mu, z].map((point) => [scale.x(point[0]), scale.y(point[1])]);
    const [rx, ry] = [scale.x(mu[0] + std[0]) - mx, my - scale.y(mu[1] + std[1])];
    return [
      ...[1, 2].map((n) => draw("ellipse", { class: `spread sigma n${n}`, cx: mx, cy: my, rx: n * rx, ry: n * ry })),
      ...(withZ ? [
        draw("path", { class: "step epsilon", d: `M${mx} ${my}L${zx} ${zy}` }),
        draw("circle", { class: "dot z", cx: zx, cy: zy, r: 6 }),
        labelAt(zx, zy, zx < mx ? -1 : 1, "z", "z"),
        labelAt((mx + zx) / 2, Math.min(my, zy) - 22, 0, "epsilon", "σ ⊙ ε"),
      ] : []),
      draw("circle", { class: "dot mu", cx: mx, cy: my, r: 6 }),
      labelAt(mx, my, withZ && z[0] > mu[0] ? -1 : 1, "mu", "μ"),
    ];
  });
  return make("div", "plane", host, captioned(overview(mu, extent), "the part of N(0, I) in view"));
}

// Returns a label; `side` is -1 for left of the point, 0 for centered, 1 for right.
function labelAt(x, y, side, symbol, text) {
  const anchor = { "-1": "end", 0: "middle", 1: "start" }[side];
  return draw("text", { class: `point-label ${symbol}`, x: x + 12 * side, y: y + 6, style: `text-anchor: ${anchor}` }, text);
}

// Returns the prior's 1σ and 2σ circles, and the square that the plane shows.
function overview(mu, extent) {
  const maxAbs = Math.max(3, ...mu.map((value) => Math.abs(value) + extent));
  const side = 2 * Math.max(maxAbs / 30, extent);
  return draw("svg", { class: "overview", viewBox: `${-maxAbs} ${-maxAbs} ${2 * maxAbs} ${2 * maxAbs}`, "aria-hidden": true },
    ...[1, 2].map((n) => draw("circle", { class: "prior", r: n })),
    draw("rect", { class: "part", x: mu[0] - side / 2, y: -mu[1] - side / 2, width: side, height: side }));
}
