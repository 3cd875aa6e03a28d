// The terms of the objective during training, with a cursor at one snapshot.
import { createChart, followDrag, line, powerTicks, roundTicks } from "../../../components/charts/chart.js";
import { draw } from "../../../frontend/js/dom.js";
import { fixed, powerText } from "../../../frontend/js/format.js";

const TERMS = { reconstruction: 0, kl: 2 }; // term -> number of decimals

// Draws both charts. Calls `go(index)` for a snapshot that is clicked. Returns a function that moves the
// cursors to a snapshot.
export function drawTerms(body, snapshots, go) {
  const cursors = Object.keys(TERMS).map((key) => drawTerm(body.querySelector(`.plot.${key}`), snapshots, key, go));
  return (index) => { for (const cursor of cursors) cursor(index); };
}

function drawTerm(host, snapshots, key, go) {
  const values = snapshots.map((snapshot) => snapshot[key]);
  const [first, last] = [snapshots[0].step, snapshots.at(-1).step];
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
    return [line(scale, snapshots.map(({ step }, i) => [step, values[i]]), key), cursor];
  });

  function move() {
    if (scale === null) return;
    const { x, y, frame } = scale;
    const [left, top] = [x(snapshots[at].step), y(values[at])];
    const after = left < (frame.left + frame.right) / 2;
    const below = top < frame.top + 18; // above the point the number would cover the line
    cursor.replaceChildren(
      draw("path", { class: "cursor", d: `M${left} ${frame.top}V${frame.bottom}` }),
      draw("circle", { class: "at", cx: left, cy: top, r: 5 }),
      draw("text", {
        class: `value ${after ? "after" : "before"}`, x: left + (after ? 10 : -10), y: top + (below ? 18 : -8),
      }, fixed(values[at], TERMS[key])),
    );
  }
  followDrag(host, (pixel) => {
    const distance = ({ step }) => Math.abs(scale.x(step) - pixel);
    go(snapshots.reduce((best, snapshot, i) => (distance(snapshot) < distance(snapshots[best]) ? i : best), 0));
  });
  return (index) => {
    at = index;
    move();
  };
}
