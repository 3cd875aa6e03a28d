// The amortization gap of the visitor's image: a button, the curve of −ELBO, and both reconstructions.
import { createChart, line, roundTicks } from "../../../components/charts/chart.js";
import { draw } from "../../../frontend/js/dom.js";
import { fixed } from "../../../frontend/js/format.js";
import { nth, paint } from "../../../frontend/js/pixels.js";
import { call, pack, unpack } from "../../../frontend/js/rpc.js";
import { notifyError, store } from "../../../frontend/js/store.js";

const ROOM = 0.1; // of the range, above and below the curve

export function mount(element) {
  const find = (selector) => element.querySelector(selector);
  const [button, status, refined] = [find("[data-action=refine]"), find("[role=status]"), find(".refined")];

  store.on(["digit"], ({ digit }) => {
    button.disabled = digit === null || digit.elbo === null;
    refined.hidden = true;
    status.textContent = digit && digit.elbo === null
      ? "This encoder gives a point instead of a distribution, so it has no ELBO to maximize." : "";
  });

  button.addEventListener("click", async () => {
    const digit = store.get("digit");
    button.disabled = true;
    status.textContent = "Optimizing …";
    try {
      const answer = await call("refine", {
        model: digit.model, pixels: pack(digit.seen), seed: store.get("seed"),
      });
      if (store.get("digit") === digit) show(digit, answer);
    } catch (error) {
      status.textContent = "";
      notifyError(error);
    } finally {
      button.disabled = (store.get("digit")?.elbo ?? null) === null;
    }
  });

  function show(digit, { steps, reconstruction, kl, images, gain, log_p }) {
    const negativeElbo = reconstruction.map((nats, i) => nats + kl[i]);
    const bytes = unpack(images);
    paint(find("[data-image=x]"), digit.seen);
    paint(find("[data-image=before]"), nth(bytes, 0));
    paint(find("[data-image=after]"), nth(bytes, 1));
    status.textContent = `${inSentences(negativeElbo, gain)} ${boundInSentences(negativeElbo, log_p)}`;
    refined.hidden = false;
    drawCurve(find(".plot"), steps, negativeElbo, log_p);
  }
}

function inSentences(negativeElbo, gain) {
  const [before, after] = [negativeElbo[0], negativeElbo.at(-1)].map((value) => fixed(value, 1));
  if (gain < 0.05) return `−ELBO stays at ${before} nats: for this image no better q(z|x) than the encoder's was found.`;
  return `−ELBO falls from ${before} to ${after} nats. The amortization gap of this image, the cost of one `
    + `encoder for all images, is at least these ${fixed(gain, 1)} nats. log p(x) is unchanged; only the `
    + "bound is tighter. −ELBO is measured with other noise than the optimization used.";
}

// What is left of the bound's gap, which only quadrature in two dimensions can measure.
function boundInSentences(negativeElbo, logP) {
  if (logP === null) return "";
  const [before, after] = [negativeElbo[0], negativeElbo.at(-1)].map((value) => fixed(Math.max(0, value + logP), 1));
  return `−log p(x) itself is ${fixed(-logP, 1)} nats, by integration over the plane. The ELBO is a lower bound: `
    + `its gap, KL(q(z|x) ‖ p(z|x)), was ${before} nats and is now ${after}: what this q(z|x), one Gaussian, still misses.`;
}

function drawCurve(host, steps, negativeElbo, logP) {
  const values = logP === null ? negativeElbo : [...negativeElbo, -logP];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.05, ROOM * (most - least));
  const [low, high] = [least - room, most + room];
  host.replaceChildren();
  const axes = {
    x: { name: "steps", low: 0, high: steps.at(-1), ticks: roundTicks(0, steps.at(-1)) },
    y: { name: "−ELBO, nats", low, high, ticks: roundTicks(low, high) },
  };
  createChart(host, { label: "−ELBO at each step of the optimization", ...axes }, ({ x, y, frame }) => [
    line({ x, y, frame }, steps.map((step, i) => [step, negativeElbo[i]]), "bound"),
    ...(logP === null ? [] : [
      draw("path", { class: "exact", d: `M${frame.left} ${y(-logP)}H${frame.right}` }),
      draw("text", { class: "tick across", x: frame.right - 4, y: y(-logP) - 5 }, "−log p(x)")]),
    draw("circle", { class: "dot", cx: x(steps.at(-1)), cy: y(negativeElbo.at(-1)), r: 4 }),
  ]);
}
