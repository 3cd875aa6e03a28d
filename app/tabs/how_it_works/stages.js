// Fills the panels and buttons of the stages with the numbers and images of one forward pass.
import { make } from "../../frontend/js/dom.js";
import { fixed, sum } from "../../frontend/js/format.js";
import { attachImageMenu } from "../../components/image_menu/image_menu.js";
import { PIXELS, SIDE } from "../../frontend/js/pixels.js";
import { unpack } from "../../frontend/js/rpc.js";
import {
  axisCell, captioned, curve, dimensionTable, grayImage, heatImage, onPixel, plane, sparkline,
} from "./figures.js";

const LEADING = 8; // latent dimensions in view
const BRIGHT = 117; // text is black above this gray level, else white: a contrast of at least 4.5:1
const WINDOW = 7; // pixels per side of the window whose values are written out

// `figure(key)`, `value(key)` and `note(key)` return the elements of a stage's figure, of the value on
// its button, and of its note.
export function fillStages(pass, { figure, value, note }) {
  const put = (key, ...content) => figure(key).replaceChildren(...content);
  const setText = (key, ...content) => note(key).replaceChildren(...content);
  const terms = termsOf(pass);
  put("x", ...digitFigure(pass));
  put("encoder", layersFigure(captioned(digit(pass.x, "x"), "x"), pass.encoder));
  put("mu", ...posteriorFigure(pass));
  put("std", ...spreadFigure(pass));
  put("eps", ...noiseFigure(pass));
  put("z", ...codeFigure(pass));
  put("decoder", layersFigure(vectorFigure(pass), pass.decoder));
  put("x_hat", ...reconstructedFigure(pass));
  put("reconstruction", ...reconstructionFigure(pass, terms));
  put("kl", ...klFigure(pass, terms));
  put("elbo", ...elboFigure(terms));
  for (const key of ["reconstruction", "elbo"]) setText(key, ...averageInWords(pass, key));
  fillButtons(pass, terms, value);
}

// Returns the dimensions with the largest KL (or |mu|), in descending order; all dimensions, in order, of
// a small latent space.
export function leading({ mu, kl }) {
  const all = mu.map((_, i) => i);
  if (all.length <= LEADING) return all;
  const weight = (i) => (kl ? kl[i] ?? Infinity : Math.abs(mu[i]));
  return all.sort((one, other) => weight(other) - weight(one)).slice(0, LEADING);
}

// Returns the note below a table that omits dimensions.
export function others(pass) {
  const left = pass.mu.length - leading(pass).length;
  if (left === 0) return [];
  return [make("p", "others", `and ${left} more with ${pass.kl ? "a smaller KL" : "a smaller |μ|"}`)];
}

// Returns the terms, summed in double precision.
function termsOf({ reconstruction, kl }) {
  const total = sum([...reconstruction]);
  const divergence = kl === null ? null : kl.includes(null) ? Infinity : sum(kl);
  return { reconstruction: total, kl: divergence, elbo: divergence === null ? null : -(total + divergence) };
}

const digit = (bytes, name) => grayImage(bytes, SIDE, SIDE, name);
const pair = (...figures) => make("div", "images", ...figures);
const nats = (value) => (Number.isFinite(value) ? `${fixed(value, 1)} nats` : "∞");

// Returns x, and the gray levels in a window at the pointer, initially at the center of mass.
function digitFigure({ x }) {
  const canvas = digit(x, "Your image as the model sees it");
  const frame = make("i", "window");
  const numbers = make("div", "numbers");
  const show = (row, column) => {
    const [top, left] = [row, column].map((at) => Math.min(SIDE - WINDOW, Math.max(0, at - (WINDOW >> 1))));
    frame.style.cssText = `left: ${100 * left / SIDE}%; top: ${100 * top / SIDE}%; width: ${100 * WINDOW / SIDE}%; height: ${100 * WINDOW / SIDE}%`;
    numbers.replaceChildren(...Array.from({ length: WINDOW * WINDOW }, (_, i) => {
      const gray = x[(top + Math.floor(i / WINDOW)) * SIDE + left + (i % WINDOW)];
      const number = make("span", gray > BRIGHT ? "bright" : "", fixed(gray / 255));
      number.style.backgroundColor = `rgb(${gray} ${gray} ${gray})`;
      return number;
    }));
  };
  onPixel(canvas, show);
  show(...centerOfMass(x));
  return [pair(captioned(make("div", "framed", canvas, frame), "x, 28 × 28"),
    captioned(numbers, "gray levels in the frame"))];
}

function centerOfMass(x) {
  let [total, down, across] = [0, 0, 0];
  x.forEach((gray, i) => {
    total += gray;
    down += gray * Math.floor(i / SIDE);
    across += gray * (i % SIDE);
  });
  return total === 0 ? [SIDE / 2, SIDE / 2] : [Math.round(down / total), Math.round(across / total)];
}

// Returns the input and the output of each layer.
function layersFigure(input, layers) {
  const outputs = layers.map(({ name, shape, size: [rows, columns], pixels }) => {
    const image = grayImage(unpack(pixels), rows, columns, `Output of ${name}, ${shape.join(" × ")}`);
    return captioned(image, name, make("br"), shape.join(" × "));
  });
  return make("div", "layers", input, ...outputs);
}

function vectorFigure(pass) {
  const shown = leading(pass).map((i) => make("span", "z", fixed(pass.z[i])));
  return captioned(make("div", "vector", ...shown), ...others(pass), make("span", "z", "z"));
}

// Returns x and x̂, both with the image menu.
function reconstructedFigure({ x, xHat, z, model }) {
  const [seen, decoded] = [digit(x, "x"), digit(xHat, "x̂")];
  attachImageMenu(seen, () => ({ pixels: x }), ["reconstruct"]);
  attachImageMenu(decoded, () => ({ pixels: xHat, z, model }));
  return [pair(captioned(seen, "x"), captioned(decoded, "x̂"))];
}

// Returns the number of decimals that the smallest σ needs, so that μ + σ·ε = z can be verified by hand.
const digitsOf = ({ std }) => {
  const smallest = Math.min(...std.filter((value) => value > 0));
  return smallest < 0.02 ? 4 : smallest < 0.2 ? 3 : 2;
};
const written = (pass) => (value) => fixed(value, digitsOf(pass));

const MU = (pass) => ({ symbol: "mu", head: "μ", values: pass.mu, text: written(pass), bar: "signed" });
const LOGVAR = ({ logvar }) => ({ symbol: "sigma", head: "log σ²", values: logvar, missing: "−∞", bar: "signed" });
const STD = (pass) => ({ symbol: "sigma", head: "σ", values: pass.std, text: written(pass), bar: "positive" });
const EPS = ({ eps }) => ({ symbol: "epsilon", head: "ε", values: eps, bar: "signed" });
const Z = (pass) => ({ symbol: "z", head: "z", values: pass.z, text: written(pass) });
const plain = (column) => ({ ...column, bar: undefined });

function axes(pass, withZ) {
  const maxAbs = Math.max(1.2, ...leading(pass).map((i) => (
    Math.max(Math.abs(pass.mu[i]) + 1.2 * pass.std[i], 1.05 * Math.abs(pass.z[i])))));
  return (i) => axisCell(maxAbs, pass.mu[i], pass.std[i], withZ ? pass.z[i] : null);
}

function posteriorFigure(pass) {
  const dimensions = leading(pass);
  if (pass.mu.length === 2) {
    return [plane(pass, false), dimensionTable(dimensions, [plain(MU(pass)), plain(LOGVAR(pass))])];
  }
  return [dimensionTable(dimensions, [MU(pass), LOGVAR(pass)]), ...others(pass)];
}

function spreadFigure(pass) {
  const dimensions = leading(pass);
  const known = dimensions.map((i) => pass.logvar[i]).filter((value) => value !== null);
  const [low, high] = [Math.min(-4, ...known) - 0.5, Math.max(1, ...known) + 0.5];
  const exp = curve("sigma", { name: "log σ²", range: [low, high] }, { name: "σ", range: [0, Math.exp(high / 2)] },
    (logvar) => Math.exp(logvar / 2), known, "σ = exp(½ log σ²), with the values of your image");
  const table = dimensionTable(dimensions, [plain(LOGVAR(pass)), STD(pass)]);
  return [...(known.length > 0 ? [exp] : []), make("div", "", table, ...others(pass))];
}

function noiseFigure(pass) {
  const density = (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  const maxAbs = Math.max(3.2, ...pass.eps.map((value) => Math.abs(value) + 0.2));
  const bell = curve("epsilon", { name: "ε", range: [-maxAbs, maxAbs] }, { name: "density of N(0, 1)", range: [0, 0.42] },
    density, pass.eps, "The standard normal density, with the values of ε");
  return [bell,
    make("div", "", dimensionTable(leading(pass), [EPS(pass)]), ...others(pass))];
}

function codeFigure(pass) {
  const numbers = [MU(pass), STD(pass), EPS(pass), Z(pass)].map(plain);
  const flat = pass.mu.length === 2;
  const table = dimensionTable(leading(pass), numbers, flat ? null : axes(pass, true));
  table.classList.add("equation");
  const key = make("p", "others", "The bar is ", make("span", "sigma", "μ ± σ"), ", the gray line is the prior's 0 ± 1.");
  return flat ? [plane(pass, pass.kl !== null), table] : [make("div", "", table, ...others(pass), key)];
}

function reconstructionFigure(pass, terms) {
  const { x, xHat, reconstruction } = pass;
  const range = [Math.min(...reconstruction), Math.max(...reconstruction)];
  const heat = heatImage(reconstruction, SIDE, SIDE, range, "−log p of each pixel");
  const images = [digit(x, "x"), digit(xHat, "x̂"), heat];
  const readout = make("p", "readout");
  const show = (row, column) => {
    const i = row * SIDE + column;
    readout.textContent = `Pixel ${row + 1}, ${column + 1}: x = ${fixed(x[i] / 255)}, x̂ = ${fixed(xHat[i] / 255)}, ${fixed(reconstruction[i])} nats`;
  };
  for (const canvas of images) onPixel(canvas, show);
  const worst = reconstruction.indexOf(range[1]);
  show(Math.floor(worst / SIDE), worst % SIDE);
  const scale = make("span", "ramp", fixed(range[0], 1), make("i"), `${fixed(range[1], 1)} nats`);
  return [pair(captioned(images[0], "x"), captioned(images[1], "x̂"), captioned(heat, scale)), readout,
    total("reconstruction", `${PIXELS} pixels in total: `, nats(terms.reconstruction))];
}

function klFigure(pass, terms) {
  if (pass.kl === null) return [make("p", "large", "KL –")];
  const column = { symbol: "kl", head: "KL in nats", values: pass.kl, missing: "∞", bar: "positive" };
  const dimensions = leading(pass);
  const rest = pass.kl.length - dimensions.length;
  const shown = sum(dimensions.map((i) => pass.kl[i] ?? Infinity));
  const more = rest > 0 ? [make("p", "others", `and ${rest} more with ${nats(terms.kl - shown)} in total`)] : [];
  const table = dimensionTable(dimensions, [plain(MU(pass)), plain(STD(pass)), column]);
  const count = pass.kl.length;
  return [table, ...more, total("kl", `${count} dimension${count > 1 ? "s" : ""} in total: `, nats(terms.kl))];
}

function elboFigure({ reconstruction, kl, elbo }) {
  const term = (className, name, value) => make("span", className, make("b", "", fixed(value, 1)), name);
  if (elbo === null) {
    return [make("p", "sum large", term("reconstruction", "reconstruction", reconstruction))];
  }
  if (!Number.isFinite(elbo)) return [make("p", "large", "−ELBO = ∞")];
  const sums = make("p", "sum large", term("reconstruction", "reconstruction", reconstruction), "+",
    term("kl", "KL", kl), "=", term("", "−ELBO, nats", -elbo));
  if (reconstruction < 0) return [sums]; // a density's −log p can be negative, which a bar cannot show
  const bar = make("div", "stacked", make("i", "reconstruction"), make("i", "kl"));
  const share = 100 * reconstruction / (reconstruction + kl);
  bar.children[0].style.width = `${share}%`;
  bar.children[1].style.width = `${100 - share}%`;
  return [sums, bar];
}

const total = (className, text, value) => make("p", `total ${className}`, text, make("b", "", value));

// Returns the explanation of the two values of a term on the page.
function averageInWords({ average, kl }, key) {
  if (kl === null || average.elbo === null) return [];
  const of = key === "elbo" ? -average.elbo : average.reconstruction;
  return ["This is the value for one ", make("span", "epsilon", "ε"),
    `. The tab Reconstruct averages over several ε, balanced to have mean 0 and variance 1: ${nats(of)}.`];
}

// Buttons of the diagram

function fillButtons(pass, terms, value) {
  const put = (key, ...content) => value(key).replaceChildren(...content);
  put("x", digit(pass.x, "x"));
  put("encoder", `784 → ${pass.encoder.at(-1).shape[0]}`);
  put("mu", sparkline("mu", pass.mu), sparkline("sigma", pass.logvar));
  put("std", sparkline("sigma", pass.std));
  put("eps", sparkline("epsilon", pass.eps));
  put("z", sparkline("z", pass.z));
  put("decoder", `${pass.z.length} → 784`);
  put("x_hat", digit(pass.xHat, "x̂"));
  put("reconstruction", fixed(terms.reconstruction, 1));
  put("kl", terms.kl === null ? "–" : Number.isFinite(terms.kl) ? fixed(terms.kl, 1) : "∞");
  put("elbo", terms.elbo === null ? "–" : Number.isFinite(terms.elbo) ? fixed(-terms.elbo, 1) : "∞");
}
