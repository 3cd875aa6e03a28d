// −ELBO of the visitor's image and its two terms, as numbers and as a stacked bar.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { make } from "../../../frontend/js/dom.js";
import { fixed, sum } from "../../../frontend/js/format.js";
import { selectedModel, store } from "../../../frontend/js/store.js";
import { comparisonText } from "./comparison.js";

const REST_MS = 1000;
// Upper ends of the bar's scale, which is fixed in steps so that lengths are comparable while drawing.
const SCALES = [50, 100, 200, 300, 400, 600, 800, 1200, 1600, 2400, 4000, 8000];

export function elbo(element) {
  const find = (selector) => element.querySelector(selector);
  const mean = find(".mean");
  const terms = find("template").content.firstElementChild;
  // Read out when the drawing rests: at every frame it would never end.
  const speak = debounceVisible(element, () => {
    find(".spoken").textContent = [".sum", ".comparison"].map((name) => find(name).textContent)
      .filter(Boolean).join(". ");
  }, REST_MS);
  store.on(["digit", "source", "about"], ({ digit, source, about }) => {
    const nothing = source === null && about !== null ? "Nothing drawn yet" : "Waiting for the model …";
    const kl = digit?.kl ? sum(digit.kl) : null;
    const test = about && (!digit || about.name === digit.model) ? about.test_terms : null;
    const ends = scale([digit?.reconstruction ?? 0, kl ?? 0], test ?? [0, 0]);
    if (digit && kl !== null) showTerms(find(".sum"), terms, digit, kl);
    else find(".sum").replaceChildren(...(digit ? withoutKl(digit) : [nothing]));
    stack(find(".bar"), ends, digit?.reconstruction ?? 0, kl ?? 0);
    find(".low").textContent = fixed(ends[0], 0);
    find(".high").textContent = `${fixed(ends[1], 0)} nats`;
    const noun = selectedModel()?.digits ? "digit" : "image";
    find(".comparison").textContent = comparisonText(digit?.share_above ?? null, noun);
    mean.hidden = test === null && about !== null;
    mean.classList.toggle("waiting", test === null);
    if (test) {
      find(".gray").textContent = fixed(sum(test), 1);
      find(".binarized").hidden = about.binarized === null;
      find(".binarized span").textContent = fixed(about.binarized ?? 0, 1);
      stack(find(".mean .bar"), ends, ...test);
    }
    find(".formula").hidden = digit !== null && kl === null;
    speak();
  });
}

// Writes the numbers into `terms`. The element is kept, so that an open popover of a term stays open.
function showTerms(sum, terms, digit, kl) {
  const numbers = { ".total": -digit.elbo, ".reconstruction span": digit.reconstruction, ".kl span": kl };
  for (const [selector, number] of Object.entries(numbers)) {
    terms.querySelector(selector).textContent = fixed(number, 1);
  }
  if (terms.parentNode !== sum) sum.replaceChildren(terms);
}

function withoutKl(digit) {
  return [make("span", "reconstruction", `reconstruction ${fixed(digit.reconstruction, 1)}`), " nats, ",
    make("span", "kl", "KL –"), ". This encoder gives one point z instead of a distribution, so it has no ELBO."];
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
