// A small chart in SVG, for what follows a slider: axes with their ticks, and between them whatever
// `content` draws. As large as its host, whose height CSS sets; colors come from chart.css.
import { draw } from "../../frontend/js/dom.js";

const MARGIN = { left: 48, right: 14, top: 12, bottom: 40 };
const ZERO = 16; // pixels between the smallest value of a logarithmic axis and its zero

// An axis is {name, low, high, ticks: [value], log, zero, text(value)}: `log` makes it logarithmic,
// and with `zero` it has a place for 0 too, below all others. `content({x, y, frame})` gives the nodes
// between the axes: x and y turn values into pixels, frame is {left, right, top, bottom}. Returns
// `redraw`, to be called when the content is another; what only moves need not be drawn anew.
export function createChart(host, { label, role = "img", x, y }, content) {
  const svg = draw("svg", { class: "chart", role, "aria-label": label });
  host.append(svg);
  function redraw() {
    const [width, height] = [host.clientWidth, host.clientHeight];
    if (width === 0 || height === 0) return; // hidden
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const frame = {
      left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom,
    };
    const scale = {
      frame, x: scaleOf(x, frame.left, frame.right), y: scaleOf(y, frame.bottom, frame.top),
    };
    svg.replaceChildren(...across(x, scale), ...up(y, scale), ...content(scale));
  }
  new ResizeObserver(redraw).observe(host);
  return redraw;
}

// A function from an axis's values to pixels between `start` and `end`.
export function scaleOf({ low, high, log, zero }, start, end) {
  const of = log ? Math.log : (value) => value;
  const from = zero ? start + Math.sign(end - start) * ZERO : start;
  const share = (value) => (of(value) - of(low)) / (of(high) - of(low));
  return (value) => (zero && value <= 0 ? start : from + share(value) * (end - from));
}

const written = ({ text = (value) => String(value).replace("-", "−") }, value) => text(value);
const ticksOf = ({ ticks, zero }) => (zero ? [0, ...ticks] : ticks);

function across(axis, { x, frame }) {
  const middle = (frame.left + frame.right) / 2;
  return [
    ...ticksOf(axis).flatMap((value) => [
      draw("path", { class: "grid", d: `M${x(value)} ${frame.top}V${frame.bottom}` }),
      draw("text", { class: "tick", x: x(value), y: frame.bottom + 16 }, written(axis, value))]),
    draw("text", { class: "name", x: middle, y: frame.bottom + 34 }, axis.name),
  ];
}

function up(axis, { y, frame }) {
  return [
    ...ticksOf(axis).flatMap((value) => [
      draw("path", { class: "grid", d: `M${frame.left} ${y(value)}H${frame.right}` }),
      draw("text", { class: "tick across", x: frame.left - 6, y: y(value) + 4 }, written(axis, value))]),
    ...(axis.name ? [draw("text", {
      class: "name", transform: `translate(11 ${(frame.top + frame.bottom) / 2}) rotate(-90)`,
    }, axis.name)] : []),
  ];
}

// A line through points [x, y]; it has a gap where y is null.
export function line({ x, y }, points, name) {
  let pen = "M";
  const d = points.map(([at, value]) => {
    const step = value === null ? "" : `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = value === null ? "M" : "L";
    return step;
  });
  // A value between two gaps would be a line of no length, which is not drawn.
  return draw("path", { class: `line ${name}`, d: d.join("").replace(/M([^ML]+)(?=M|$)/g, "M$1h0.01") });
}

// Round numbers about a third of the range apart.
export function roundTicks(low, high, count = 4) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  return ticks.map((tick) => Number(tick.toPrecision(12)));
}

// The powers of ten within a range; every second or third one where there are many.
export function powerTicks(low, high, most = 5) {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  const powers = [];
  for (let power = last; power >= first; power -= every) powers.unshift(10 ** power);
  return powers;
}

// Calls `move(pixel)` for where across `host` a pressed mouse or a finger is.
export function followDrag(host, move) {
  const at = (event) => move(event.clientX - host.getBoundingClientRect().left);
  host.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    host.setPointerCapture(event.pointerId);
    at(event);
  });
  host.addEventListener("pointermove", (event) => {
    if (host.hasPointerCapture(event.pointerId)) at(event);
  });
}
