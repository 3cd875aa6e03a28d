// The encoding of the visitor's image: one function for each component of reconstruction.py. They read
// the store; only the switch of `seen` writes to it.
import { debounceVisible } from "../../frontend/js/debounce.js";
import { bytesOf, hasChoice, SOURCES } from "../../frontend/js/encodings.js";
import { fixed, sum } from "../../frontend/js/format.js";
import { attachPictureMenu } from "../../components/picture_menu/picture_menu.js";
import { BLANK, nth, paint } from "../../frontend/js/pixels.js";
import { latestOnly, pack, unpack } from "../../frontend/js/rpc.js";
import { selectedModel, store } from "../../frontend/js/store.js";

const SAMPLES = 8;
const REST_MS = 1000;
const MAX_SEED = 2 ** 32;
// Upper ends of the bar's scale, which is fixed in steps so that lengths are comparable while drawing.
const SCALES = [50, 100, 200, 300, 400, 600, 800, 1200, 1600, 2400, 4000, 8000];

const parts = { seen, reconstruction, elbo, samples, kl };

export function mount(element, props) {
  parts[props.part](element, props);
}

// Always visible

function seen(element, { digit: key, source: sourceKey }) {
  const canvas = element.querySelector("canvas");
  const checkbox = element.querySelector("input");
  const [ofInk, resized] = ["ink", "resize"].map((way) => element.querySelector(`[data-prepare=${way}]`));
  showImage(canvas, key, ({ seen }) => ({ pixels: seen }), ["reconstruct"]); // it is this image already
  checkbox.addEventListener("change", () => {
    const prepare = checkbox.checked;
    const source = store.get(sourceKey);
    store.set({ prepare, [sourceKey]: hasChoice(source) ? { ...source, prepare } : source });
  });
  store.on([sourceKey, "prepare", "model"], ({ [sourceKey]: source, prepare }) => {
    const wanted = hasChoice(source) ? source.prepare !== false : prepare;
    checkbox.checked = wanted && (source === null || bytesOf(source) !== source.raw);
    checkbox.disabled = source !== null && !hasChoice(source);
    resized.hidden = selectedModel()?.prepare !== "resize";
    ofInk.hidden = !resized.hidden;
  });
}

function reconstruction(element, { digit }) {
  const decoded = ({ x_hat, mu, model }) => ({ pixels: x_hat, z: mu, model });
  showImage(element.querySelector("canvas"), digit, decoded);
}

// Shows an image of the encoding, with the image menu.
function showImage(canvas, key, imageOf, without = []) {
  const image = (digit) => (digit ? imageOf(digit) : null);
  store.on([key, SOURCES[key]], ({ [key]: digit, [SOURCES[key]]: source }) => {
    paint(canvas, image(digit)?.pixels ?? BLANK);
    canvas.classList.toggle("waiting", source !== null && digit === null);
  });
  attachPictureMenu(canvas, () => image(store.get(key)), without);
}

function elbo(element, { digit: key }) {
  const find = (selector) => element.querySelector(selector);
  const mean = find(".mean");
  // Read out when the drawing rests: at every frame it would never end.
  const speak = debounceVisible(element, () => { find(".spoken").textContent = find(".sum").textContent; }, REST_MS);
  store.on([key, SOURCES[key], "about"], ({ [key]: digit, [SOURCES[key]]: source, about }) => {
    const nothing = source === null && about !== null ? "Nothing drawn yet" : "Waiting for the model …";
    const kl = digit?.kl ? sum(digit.kl) : null;
    const test = about && (!digit || about.name === digit.model) ? about.test_terms : null;
    const ends = scale([digit?.reconstruction ?? 0, kl ?? 0], test ?? [0, 0]);
    write(find(".sum"), digit ? terms(digit, kl) : [["", nothing]]);
    stack(find(".bar"), ends, digit?.reconstruction ?? 0, kl ?? 0);
    find(".low").textContent = fixed(ends[0], 0);
    find(".high").textContent = `${fixed(ends[1], 0)} nats`;
    mean.hidden = test === null;
    if (test) {
      find(".mean > span").textContent = `mean of the test images: ${fixed(sum(test), 1)}`;
      stack(find(".mean .bar"), ends, ...test);
    }
    find(".formula").hidden = digit !== null && kl === null;
    speak();
  });
}

// Returns the terms as [[class, text]].
function terms(digit, kl) {
  const reconstruction = ["reconstruction", `reconstruction ${fixed(digit.reconstruction, 1)}`];
  if (kl === null) {
    return [reconstruction, ["", " nats, "], ["kl", "KL –"],
      ["", ". This encoder gives one point z instead of a distribution, so it has no ELBO."]];
  }
  return [["", "−ELBO "], ["total", fixed(-digit.elbo, 1)], ["", " = "], reconstruction, ["", " + "],
    ["kl", `KL ${fixed(kl, 1)}`], ["", " nats"]];
}

// Returns the ends of the scale. −log p of a density can be negative; then the bar starts left of 0.
function scale(...bars) {
  const edges = bars.flatMap(([reconstruction, kl]) => [reconstruction, reconstruction + kl]);
  const up = (value) => SCALES.find((end) => end >= value) ?? value;
  const lowest = Math.min(...edges);
  return [lowest < 0 ? -up(-lowest) : 0, up(Math.max(...edges))];
}

function stack(bar, [low, high], reconstruction, kl) {
  const share = (value) => 100 * (value - low) / (high - low);
  const setRange = (part, from, to) => {
    part.style.left = `${share(Math.min(from, to))}%`;
    part.style.width = `${Math.abs(share(to) - share(from))}%`;
  };
  setRange(bar.querySelector(".reconstruction"), 0, reconstruction);
  setRange(bar.querySelector(".kl"), reconstruction, reconstruction + kl);
}

// Under "Details"

function samples(element, { digit: key }) {
  let shown = null; // the bytes of all images
  const canvases = Array.from({ length: SAMPLES }, (_, i) => {
    const canvas = document.createElement("canvas");
    canvas.className = "digit";
    canvas.setAttribute("aria-label", `Reconstruction ${i + 1} at z drawn from q(z|x)`);
    attachPictureMenu(canvas, () => shown && { pixels: nth(shown, i) });
    return canvas;
  });
  const show = (bytes) => {
    shown = bytes;
    canvases.forEach((canvas, i) => paint(canvas, bytes ? nth(bytes, i) : BLANK));
  };
  element.querySelector(".tiles").append(...canvases);
  let draws = 0; // number of times that epsilon was resampled
  const resample = latestOnly("resample", ({ images }) => show(unpack(images)));
  const request = () => {
    const digit = store.get(key);
    if (digit === null) {
      show(null);
      return;
    }
    const seed = (store.get("seed") + draws) % MAX_SEED;
    resample({ model: digit.model, pixels: pack(digit.seen), count: SAMPLES, seed });
  };
  const requestSoon = debounceVisible(element, request);
  element.querySelector("button").addEventListener("click", () => {
    draws += 1;
    request();
  });
  store.on([key, "seed"], requestSoon);
}

function kl(element, { digit: key }) {
  const columns = element.querySelector(".columns");
  const note = element.querySelector(".note");
  const standing = element.querySelector(".standing");
  const update = () => {
    const digit = store.get(key);
    const about = store.get("about");
    const active = about?.name === digit?.model ? about?.active : null;
    drawColumns(columns, digit?.kl ?? [], active ?? []);
    columns.setAttribute("aria-label", columnsInWords(digit?.kl));
    if (digit && digit.kl === null) note.textContent = "KL –: this encoder gives a point, and the KL of a point from N(0, I) is infinite.";
    else note.textContent = digit ? `${fixed(sum(digit.kl), 1)} nats in total; the tallest column has ${fixed(Math.max(...digit.kl), 1)}.` : "";
    standing.textContent = standingInWords(digit);
  };
  store.on([key, "about"], debounceVisible(element, update, 30));
}

function drawColumns(columns, values, active) {
  while (columns.childElementCount > values.length) columns.lastElementChild.remove();
  while (columns.childElementCount < values.length) {
    const column = document.createElement("div");
    column.append(document.createElement("span"));
    columns.append(column);
  }
  const highest = Math.max(1, ...values);
  values.forEach((value, i) => {
    const column = columns.children[i];
    column.title = `z${i + 1}: ${fixed(value)} nats`;
    column.classList.toggle("unused", active[i] === false);
    column.firstElementChild.style.height = `${100 * value / highest}%`;
    column.dataset.number = values.length <= 40 ? i + 1 : "";
  });
}

const columnsInWords = (values) => values
  ? values.map((value, i) => `dimension ${i + 1}: ${fixed(value, 1)} nats`).join(", ")
  : "No KL to show";

// A low −ELBO does not prove that the image is a digit, so the sentence states what it measures.
function standingInWords(digit) {
  if (digit?.share_above == null) return "";
  const percent = Math.round(100 * digit.share_above);
  return `This −ELBO is lower than that of ${percent} % of the test images. It measures how cheaply this model encodes these pixels, not whether they show a digit.`;
}

function write(element, words) {
  element.replaceChildren(...words.map(([name, text]) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  }));
}
