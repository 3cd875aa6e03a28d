// The panel of the replay: a slider and a player through the moments of a training. All of them are
// fetched beforehand, so that going through them waits for nothing.
import { fixed } from "./elements.js";
import { drawCodes } from "./objective_codes.js";
import { drawTerms } from "./objective_terms.js";
import { readFloat16 } from "./float16.js";
import { addressOf, call, unpack } from "./server.js";
import { hidden } from "./shown.js";
import { store } from "./store.js";

const MOMENT_MS = 300; // of Play

export async function mount(body) {
  try {
    const replay = await call("replay", {});
    const codes = await fetch(addressOf(replay.codes));
    if (!codes.ok) throw new Error(`The codes of the training did not arrive: ${codes.status}`);
    play(body, replay, readFloat16(await codes.arrayBuffer()));
  } catch (error) {
    store.set({ notice: { text: error.message } });
  }
}

function play(body, { moments, label, ...look }, codes) {
  const find = (selector) => body.querySelector(selector);
  const range = find(".player input");
  const button = find("[data-action=play]");
  const count = codes.length / moments.length; // of numbers at each moment
  const showCodes = drawCodes(find("canvas.codes"), unpack(label), look);
  const showPlane = drawPlanes(find("canvas.decoded"), moments);
  const showTerms = drawTerms(body, moments, go);
  let at = Number(range.value);
  let timer = null;

  function show() {
    const { step, epoch } = moments[at];
    const moment = `step ${step.toLocaleString("en")}, epoch ${epoch < 1 ? fixed(epoch) : fixed(epoch, 0)}`;
    range.value = at;
    range.setAttribute("aria-valuetext", moment);
    find("[data-text=moment]").textContent = moment;
    showCodes(codes.subarray(at * count, (at + 1) * count));
    showPlane(at);
    showTerms(at);
  }
  function go(index) {
    stop();
    at = index;
    show();
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  }
  function start() {
    if (at === moments.length - 1) at = 0; // from the beginning
    button.textContent = "Pause";
    timer = setInterval(() => {
      if (hidden(body)) return stop();
      at += 1;
      show();
      if (at === moments.length - 1) stop();
    }, MOMENT_MS);
    show();
  }
  range.addEventListener("input", () => go(Number(range.value)));
  button.addEventListener("click", () => (timer === null ? start() : stop()));
  show();
}

// Fetches all planes; a function that shows one, as soon as it is there.
function drawPlanes(canvas, moments) {
  const context = canvas.getContext("2d");
  let wanted = 0;
  const images = moments.map(({ plane }, i) => {
    const image = new Image();
    image.addEventListener("load", () => { if (i === wanted) show(i); });
    image.src = addressOf(plane);
    return image;
  });
  function show(index) {
    wanted = index;
    if (images[index].complete && images[index].naturalWidth > 0) context.drawImage(images[index], 0, 0);
  }
  return show;
}
