// Draws of p(x|z) at the code of the visitor's image, their averages, and the test images nearby.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { grouped, sum } from "../../../frontend/js/format.js";
import { BLANK, nth, paint } from "../../../frontend/js/pixels.js";
import { latestOnly, pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

export function mount(element) {
  const canvases = [...element.querySelectorAll(".averages canvas:not([data-image])")];
  const mean = element.querySelector("[data-image=x_hat]");
  const sharing = element.querySelector(".sharing");

  const request = latestOnly("average_draws", (answer) => {
    const bytes = unpack(answer.images);
    canvases.forEach((canvas, i) => paint(canvas, nth(bytes, i)));
    sharing.textContent = inSentences(answer);
  }, { isWanted: ({ model }) => model === store.get("digit")?.model });

  function show() {
    const digit = store.get("digit");
    paint(mean, digit?.x_hat ?? BLANK);
    if (digit) {
      request({ model: digit.model, pixels: pack(digit.seen), seed: store.get("seed") });
    } else {
      for (const canvas of canvases) paint(canvas, BLANK);
      sharing.textContent = "";
    }
  }
  store.on(["digit", "seed"], debounceVisible(element, show));
}

function inSentences({ test_images: total, radius, sharing }) {
  const classes = Object.entries(sharing);
  const count = sum(Object.values(sharing));
  if (total === 0) return "";
  if (count === 0) {
    return `None of the ${grouped(total)} test images has a code within ${radius} σ of this one: `
      + "the decoder need not share this z with other images, so x̂ can be sharp.";
  }
  const list = classes.map(([name, images]) => `${grouped(images)} of class ${name}`).join(", ");
  return `${grouped(count)} of the ${grouped(total)} test images have a code within ${radius} σ of `
    + `this one (${list}). The decoder draws one image for all of them, so x̂ is their compromise.`;
}
