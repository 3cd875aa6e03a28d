// A small SVG chart: axes with ticks around the marks that `content` draws. It fills its host, whose
// height CSS sets; colors and sizes of type come from style.css.
import { draw } from "../../frontend/js/dom.js";

const MARGIN = { left: 48, right: 14, top: 12, bottom: 40 }; // these lengths are for type of 16 px
const [NAME_WIDTH, DIGIT_WIDTH] = [24, 7]; // pixels, of the y axis
const ZERO_GAP = 16; // pixels between 0 and the smallest value of a logarithmic axis

// An axis is {name, symbol, low, high, ticks: [value], log, zero, text(value)}. `symbol` is an optional
// class of the name, `log` makes the axis logarithmic, `zero` adds a position for 0 below all other
// values. `content({x, y, frame})` returns the SVG nodes between the axes; x and y are scales from values
// to pixels, frame is {left, right, top, bottom}.
// Returns `redraw`, to be called when the content changes; nodes may also be moved without it.
export function createChart(host, { label, role = "img", x, y }, content) {
  const svg = draw("svg", { class: "chart", role, "aria-label": label });
  host.append(svg);
  function redraw() {
    const [width, height] = [host.clientWidth, host.clientHeight];
    if (width === 0 || height === 0) return; // hidden
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const unit = typeSize();
    const frame = {
      left: unit * leftMargin(y), right: width - unit * MARGIN.right,
      top: unit * MARGIN.top, bottom: height - unit * MARGIN.bottom,
    };
    const scale = {
      unit, frame, x: scaleOf(x, frame.left, frame.right), y: scaleOf(y, frame.bottom, frame.top),
    };
    svg.replaceChildren(...xAxis(x, scale), ...yAxis(y, scale), ...content(scale));
  }
  new ResizeObserver(redraw).observe(host);
  return redraw;
}

// Returns the page's size of type relative to the initial one; it is larger in presentation mode.
export const typeSize = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

// Returns the scale of an axis: a function from values to pixels between `start` and `end`.
export function scaleOf({ low, high, log, zero }, start, end) {
  const transform = log ? Math.log : (value) => value;
  const from = zero ? start + Math.sign(end - start) * ZERO_GAP : start;
  const share = (value) => (transform(value) - transform(low)) / (transform(high) - transform(low));
  return (value) => (zero && value <= 0 ? start : from + share(value) * (end - from));
}

// Long tick labels need a wider margin.
function leftMargin(axis) {
  const longest = Math.max(...ticksOf(axis).map((value) => format(axis, value).length));
  return Math.max(MARGIN.left, NAME_WIDTH + DIGIT_WIDTH * longest);
}

const format = ({ text = (value) => String(value).replace("-", "−") }, value) => text(value);
const nameClass = ({ symbol = "" }) => `name ${symbol}`;
const ticksOf = ({ ticks, zero }) => (zero ? [0, ...ticks] : ticks);

function xAxis(axis, { x, frame, unit }) {
  const middle = (frame.left + frame.right) / 2;
  return [
    ...ticksOf(axis).flatMap((value) => [
      draw("path", { class: "grid", d: `M${x(value)} ${frame.top}V${frame.bottom}` }),
      draw("text", { class: "tick", x: x(value), y: frame.bottom + 16 * unit }, format(axis, value))]),
    draw("text", { class: nameClass(axis), x: middle, y: frame.bottom + 34 * unit }, axis.name),
  ];
}

function yAxis(axis, { y, frame, unit }) {
  return [
    ...ticksOf(axis).flatMap((value) => [
      draw("path", { class: "grid", d: `M${frame.left} ${y(value)}H${frame.right}` }),
      draw("text", { class: "tick across", x: frame.left - 6, y: y(value) + 4 * unit }, format(axis, value))]),
    ...(axis.name ? [draw("text", {
      class: nameClass(axis), transform: `translate(${11 * unit} ${(frame.top + frame.bottom) / 2}) rotate(-90)`,
    }, axis.name)] : []),
  ];
}

// Returns the path through points [x, y], with a gap where y is null.
export function line({ x, y }, points, name) {
  let pen = "M";
  const d = points.map(([at, value]) => {
    const step = value === null ? "" : `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = value === null ? "M" : "L";
    return step;
  });
  // A value between two gaps gets a short segment, because a path of length 0 is not drawn.
  return draw("path", { class: `line ${name}`, d: d.join("").replace(/M([^ML]+)(?=M|$)/g, "M$1h0.01") });
}

// Returns round numbers in a range, about `count` intervals apart.
export function roundTicks(low, high, count = 4) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  return ticks.map((tick) => Number(tick.toPrecision(12)));
}

// Returns the powers of ten in a range, at most about `most` of them.
export function powerTicks(low, high, most = 5) {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  const powers = [];
  for (let power = last; power >= first; power -= every) powers.unshift(10 ** power);
  return powers;
}

// Calls `move(x)` with the horizontal position in `host`, in pixels, of a pressed mouse or a finger.
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
