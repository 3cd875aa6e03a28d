// The buttons of one end: the visitor's own digit, or a new sample of the prior.
import { asSource } from "./picture_menu.js";
import { call, unpack } from "./server.js";
import { store } from "./store.js";

const SEEDS = 2 ** 32;

export function mount(element, { source: key }) {
  const mine = element.querySelector("[data-action=mine]");
  mine.addEventListener("click", () => store.set({ [key]: store.get("source") }));
  store.on(["source"], ({ source }) => { mine.disabled = source === null; });
  element.querySelector("[data-action=sample]").addEventListener("click", () => drawSample(key));
}

async function drawSample(key) {
  const model = store.get("model");
  const seed = Math.floor(Math.random() * SEEDS);
  try {
    const { z, images } = await call("sample", { model, count: 1, temperature: 1, seed });
    store.set({ [key]: asSource({ pixels: unpack(images), z: z[0], model }) });
  } catch (error) {
    store.set({ notice: { text: error.message } });
  }
}
