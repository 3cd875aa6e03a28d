// Mounts the components that show the encoding of the visitor's image. They read the store; only the switch
// of the model input writes to it.
import { attachImageMenu } from "../../../components/image_menu/image_menu.js";
import { bytesOf, hasChoice } from "../../../frontend/js/encodings.js";
import { BLANK, paint } from "../../../frontend/js/pixels.js";
import { selectedModel, store } from "../../../frontend/js/store.js";
import { elbo } from "./elbo.js";
import { klDimensions } from "./kl_dimensions.js";
import { posteriorSamples } from "./posterior_samples.js";

const PARTS = {
  model_input: modelInput,
  reconstruction,
  elbo,
  posterior_samples: posteriorSamples,
  kl_dimensions: klDimensions,
};

export function mount(element, { part }) {
  PARTS[part](element);
}

function modelInput(element) {
  const canvas = element.querySelector("canvas");
  const checkbox = element.querySelector("input");
  const [ofInk, resized] = ["ink", "resize"].map((way) => element.querySelector(`[data-prepare=${way}]`));
  showImage(canvas, ({ seen }) => ({ pixels: seen }), ["reconstruct"]); // it is this image already
  checkbox.addEventListener("change", () => {
    const prepare = checkbox.checked;
    const source = store.get("source");
    store.set({ prepare, source: hasChoice(source) ? { ...source, prepare } : source });
  });
  store.on(["source", "prepare", "model"], ({ source, prepare }) => {
    const wanted = hasChoice(source) ? source.prepare !== false : prepare;
    checkbox.checked = wanted && (source === null || bytesOf(source) !== source.raw);
    checkbox.disabled = source !== null && !hasChoice(source);
    resized.hidden = selectedModel()?.prepare !== "resize";
    ofInk.hidden = !resized.hidden;
  });
}

function reconstruction(element) {
  showImage(element.querySelector("canvas"), ({ x_hat, mu, model }) => ({ pixels: x_hat, z: mu, model }));
}

// Shows an image of the encoding, with the image menu.
function showImage(canvas, imageOf, without = []) {
  const image = (digit) => (digit ? imageOf(digit) : null);
  store.on(["digit", "source"], ({ digit, source }) => {
    paint(canvas, image(digit)?.pixels ?? BLANK);
    canvas.classList.toggle("waiting", source !== null && digit === null);
  });
  attachImageMenu(canvas, () => image(store.get("digit")), without);
}
