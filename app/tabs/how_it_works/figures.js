// What the slow-motion pass is drawn with: tables of latent dimensions, pictures of gray and of heat,
// and the plane of a two-dimensional q(z|x).
import { roundTicks, scaleOf } from "../../components/charts/chart.js";
import { draw, make } from "../../frontend/js/dom.js";
import { fixed } from "../../frontend/js/format.js";

// Latent dimensions

// A row for each of `dimensions`. A column is {symbol, head, values, text, bar}: `text(value)` is
// written, and with `bar` the value is also a bar from 0, whose scale all rows share. `strip(i)`
// gives a further cell.
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

// A bar from the cell's middle to either side, or with "positive" from its left edge.
function barCell(symbol, share, kind) {
  const bar = make("i", symbol);
  const whole = kind === "positive" ? 100 : 50;
  bar.style.left = `${kind === "positive" ? 0 : 50 + Math.min(0, 50 * share)}%`;
  bar.style.width = `${whole * Math.abs(share)}%`;
  return make("td", `bar ${kind === "positive" ? "" : "signed"}`, bar);
}

// One dimension's axis: the prior's ±1, μ ± σ, and z where it is given.
export function axisCell(reach, mu, std, z = null) {
  const share = (value) => 100 * (value / reach + 1) / 2;
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

// A vector as a few bars, for a button of the machine.
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

// Pictures

// Grey bytes, row by row.
export function grayImage(bytes, rows, columns, label) {
  return picture(rows, columns, label, (i) => [bytes[i], bytes[i], bytes[i]]);
}

const RAMP = [[0, 0, 0], [0, 114, 178], [120, 200, 255], [255, 255, 255]];

// Values from `low` (black) over blue to `high` (white), row by row.
export function heatImage(values, rows, columns, [low, high], label) {
  return picture(rows, columns, label, (i) => {
    const at = (RAMP.length - 1) * Math.min(1, Math.max(0, (values[i] - low) / (high - low || 1)));
    const below = Math.min(RAMP.length - 2, Math.floor(at));
    return RAMP[below].map((channel, c) => channel + (at - below) * (RAMP[below + 1][c] - channel));
  });
}

function picture(rows, columns, label, color) {
  const canvas = make("canvas", "digit");
  Object.assign(canvas, { width: columns, height: rows });
  canvas.style.aspectRatio = `${columns} / ${rows}`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) image.data.set([...color(i), 255], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}

export function captioned(content, ...caption) {
  return make("figure", "", content, make("figcaption", "", ...caption));
}

// Calls `point(row, column)` for the pixel below a pointer.
export function onPixel(canvas, point) {
  const follow = ({ offsetX, offsetY }) => {
    const within = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    point(within(offsetY / canvas.clientHeight, canvas.height), within(offsetX / canvas.clientWidth, canvas.width));
  };
  canvas.addEventListener("pointermove", follow);
  canvas.addEventListener("pointerdown", follow);
}

// Curves and the plane, to scale

const SIDE = 300;

// Pixels of {x: [from, to], y: [from, to]} in a drawing `width` by `height`.
function frameOf({ x, y }, width, height) {
  const [across, up] = [x, y].map(([low, high]) => ({ low, high }));
  return { x: scaleOf(across, 0, width), y: scaleOf(up, height, 0) };
}

// y = f(x) with a point for each of `points`, an array of x.
export function curve(symbol, ranges, f, points, label) {
  const [width, height] = [360, 170];
  const frame = frameOf(ranges, width, height);
  const samples = Array.from({ length: 121 }, (_, i) => ranges.x[0] + (i / 120) * (ranges.x[1] - ranges.x[0]));
  const path = samples.map((x) => `${frame.x(x)} ${frame.y(f(x))}`).join("L");
  const ticks = [];
  for (let x = Math.ceil(ranges.x[0]); x <= ranges.x[1]; x += 1) {
    if (ranges.x[1] - ranges.x[0] > 9 && x % 2 !== 0) continue;
    ticks.push(draw("text", { x: frame.x(x), y: height + 18, class: "tick" }, fixed(x, 0)));
  }
  return draw("svg", { class: "curve", viewBox: `-14 -8 ${width + 28} ${height + 30}`, role: "img", "aria-label": label },
    draw("path", { class: "base", d: `M0 ${frame.y(0)}H${width}` }),
    draw("path", { class: `line ${symbol}`, d: `M${path}` }),
    ...points.map((x) => draw("path", { class: `stem ${symbol}`, d: `M${frame.x(x)} ${frame.y(0)}V${frame.y(f(x))}` })),
    ...points.map((x) => draw("circle", { class: `dot ${symbol}`, cx: frame.x(x), cy: frame.y(f(x)), r: 5 })),
    ...ticks);
}

// N(μ, σ²) of a two-dimensional code: the 1σ and 2σ ellipses, and where they are given the step σ⊙ε
// to z. Beside it, how small a part of the prior that is.
export function plane({ mu, std, z }, withZ) {
  const far = withZ ? Math.max(Math.abs(z[0] - mu[0]), Math.abs(z[1] - mu[1])) : 0;
  const reach = 1.15 * Math.max(2.1 * Math.max(...std), far) || 1;
  const ranges = { x: [mu[0] - reach, mu[0] + reach], y: [mu[1] - reach, mu[1] + reach] };
  const frame = frameOf(ranges, SIDE, SIDE);
  const at = (point) => [frame.x(point[0]), frame.y(point[1])];
  const scale = SIDE / (2 * reach);
  const [mx, my] = at(mu);
  const parts = [1, 2].map((n) => draw("ellipse", {
    class: `spread sigma n${n}`, cx: mx, cy: my, rx: n * std[0] * scale, ry: n * std[1] * scale,
  }));
  if (withZ) {
    const [zx, zy] = at(z);
    parts.push(
      draw("path", { class: "step epsilon", d: `M${mx} ${my}L${zx} ${zy}` }),
      draw("circle", { class: "dot z", cx: zx, cy: zy, r: 7 }),
      nameAt(zx, zy, zx < mx ? -1 : 1, "z", "z"),
      nameAt((mx + zx) / 2, Math.min(my, zy) - 22, 0, "epsilon", "σ ⊙ ε"),
    );
  }
  parts.push(draw("circle", { class: "dot mu", cx: mx, cy: my, r: 7 }),
    nameAt(mx, my, withZ && z[0] > mu[0] ? -1 : 1, "mu", "μ"));
  const label = `q(z|x) on the plane: μ at ${mu.map((value) => fixed(value)).join(", ")}`;
  return draw("svg", { class: "plane", viewBox: `-34 -6 ${SIDE + 150} ${SIDE + 32}`, role: "img", "aria-label": label },
    draw("rect", { class: "ground", width: SIDE, height: SIDE }),
    ...gridOf(ranges, frame), ...parts, overview(mu, reach));
}

// `side`: -1 to the left of the point, 0 on it, 1 to the right.
function nameAt(x, y, side, symbol, text) {
  const anchor = { "-1": "end", 0: "middle", 1: "start" }[side];
  return draw("text", { class: `name ${symbol}`, x: x + 12 * side, y: y + 6, "text-anchor": anchor }, text);
}

// Lines at round numbers, three or so along each axis.
function gridOf({ x, y }, frame) {
  const ticks = ([low, high]) => roundTicks(low, high, 3);
  const text = (value) => String(value).replace("-", "−");
  return [
    ...ticks(x).flatMap((value) => [
      draw("path", { class: "grid", d: `M${frame.x(value)} 0V${SIDE}` }),
      draw("text", { class: "tick", x: frame.x(value), y: SIDE + 20 }, text(value))]),
    ...ticks(y).flatMap((value) => [
      draw("path", { class: "grid", d: `M0 ${frame.y(value)}H${SIDE}` }),
      draw("text", { class: "tick across", x: -6, y: frame.y(value) + 5 }, text(value))]),
  ];
}

// The prior's 1σ and 2σ circles, and the square that the plane shows of them.
function overview(mu, reach) {
  const extent = Math.max(3, ...mu.map((value) => Math.abs(value) + reach));
  const scale = 45 / extent;
  const side = Math.max(3, 2 * reach * scale);
  return draw("g", { class: "overview", transform: `translate(${SIDE + 62} 52)` },
    ...[1, 2].map((n) => draw("circle", { class: "prior", r: n * scale })),
    draw("rect", {
      class: "part", x: mu[0] * scale - side / 2, y: -mu[1] * scale - side / 2, width: side, height: side,
    }),
    draw("text", { class: "tick", y: 64 }, "N(0, I)"));
}
