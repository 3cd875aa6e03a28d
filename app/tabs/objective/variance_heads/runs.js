// The training curves of the variance heads: a chart for each metric, a line for each run.
import { createChart, line, powerTicks, roundTicks } from "../../../components/charts/chart.js";
import { powerText } from "../../../frontend/js/format.js";
import { call } from "../../../frontend/js/rpc.js";
import { notifyError } from "../../../frontend/js/store.js";

const LOGARITHMIC = ["variance", "gradient_norm"];
const CHARTS = ["variance", "negative_elbo", "gradient_norm", "lost_steps"];

export async function drawRuns(body) {
  try {
    const { heads } = await call("variance_runs", {});
    for (const key of CHARTS) drawOne(body.querySelector(`.plot.${key}`), heads, key);
    body.querySelector("[data-text=gaps]").textContent = gaps(body, heads);
  } catch (error) {
    notifyError(error);
  }
}

function drawOne(host, heads, key) {
  const runs = Object.entries(heads).flatMap(([head, all]) => all.map((run) => ({ head, ...run })));
  const last = Math.max(...runs.flatMap(({ epoch }) => epoch));
  const label = host.closest("figure").querySelector("figcaption").textContent;
  createChart(host, {
    label: `${label}, by epoch`,
    x: { name: "epoch", low: 0, high: last, ticks: roundTicks(0, last) },
    y: axisOf(key, runs.flatMap((run) => run[key]).filter((value) => value !== null)),
  }, (scale) => runs.map(({ head, epoch, [key]: values }) =>
    line(scale, epoch.map((at, i) => [at, values[i]]), head)));
}

function axisOf(key, values) {
  const positive = values.filter((value) => value > 0);
  if (LOGARITHMIC.includes(key)) {
    const [low, high] = [Math.min(...positive), Math.max(...positive)];
    const zero = positive.length < values.length;
    return { log: true, zero, low, high, ticks: powerTicks(low, high), text: powerText };
  }
  const low = key === "lost_steps" ? 0 : Math.min(...values);
  const high = Math.max(low + 1, ...values);
  return { low, high, ticks: roundTicks(low, high).filter(Number.isInteger) };
}

// Returns the text that explains the gaps of the curves.
function gaps(body, heads) {
  const title = (head) => body.querySelector(`.key[data-head=${head}]`).textContent;
  const missing = Object.entries(heads).flatMap(([head, runs]) => {
    const infinite = runs.map((run) => run.negative_elbo.filter((value) => value === null).length);
    const epochs = runs[0].epoch.length;
    if (Math.max(...infinite) === 0) return [];
    if (Math.min(...infinite) === epochs) return [`${title(head)} has no line there, its KL was infinite in every epoch of every run`];
    return [`${title(head)} has gaps there, its KL was infinite in ${infinite.join(", ")} of ${epochs} epochs`];
  });
  return missing.length ? `−ELBO is drawn where it is finite: ${missing.join("; ")}.` : "";
}
