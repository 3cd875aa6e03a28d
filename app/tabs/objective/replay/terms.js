// The terms of the objective along a training, with a cursor at one moment.
import { createChart, followDrag, line, powerTicks, roundTicks } from "../../../components/charts/chart.js";
import { draw } from "../../../frontend/js/dom.js";
import { fixed, powerText } from "../../../frontend/js/format.js";

const TERMS = { reconstruction: 0, kl: 2 }; // and how many decimals their values are written with

// Draws both charts; `go(index)` is called for a moment that is pressed. Call the result with the
// index of the moment shown.
export function drawTerms(body, moments, go) {
  const cursors = Object.keys(TERMS).map((key) => drawTerm(body.querySelector(`.plot.${key}`), moments, key, go));
  return (index) => { for (const cursor of cursors) cursor(index); };
}

function drawTerm(host, moments, key, go) {
  const values = moments.map((moment) => moment[key]);
  const [first, last] = [moments[0].step, moments.at(-1).step];
  const high = Math.max(...values) * 1.05;
  let at = 0;
  let scale = null;
  const cursor = draw("g", { class: key });
  createChart(host, {
    label: `${host.closest("figure").querySelector("figcaption").textContent}, by step`,
    x: { name: "step", log: true, low: first, high: last, ticks: powerTicks(first, last), text: powerText },
    y: { low: 0, high, ticks: roundTicks(0, high, 3) },
  }, (found) => {
    scale = found;
    move();
    return [line(scale, moments.map(({ step }, i) => [step, values[i]]), key), cursor];
  });

  function move() {
    if (scale === null) return;
    const { x, y, frame } = scale;
    const [left, top] = [x(moments[at].step), y(values[at])];
    const after = left < (frame.left + frame.right) / 2;
    cursor.replaceChildren(
      draw("path", { class: "cursor", d: `M${left} ${frame.top}V${frame.bottom}` }),
      draw("circle", { class: "at", cx: left, cy: top, r: 5 }),
      draw("text", {
        class: `value ${after ? "after" : "before"}`, x: left + (after ? 10 : -10), y: Math.max(top - 8, frame.top + 10),
      }, fixed(values[at], TERMS[key])),
    );
  }
  followDrag(host, (pixel) => {
    const distance = ({ step }) => Math.abs(scale.x(step) - pixel);
    go(moments.reduce((best, moment, i) => (distance(moment) < distance(moments[best]) ? i : best), 0));
  });
  return (index) => {
    at = index;
    move();
  };
}
