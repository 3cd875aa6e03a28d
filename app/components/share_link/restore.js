// Opens links (link.js): the address's hash becomes the visitor's state, when the page is opened and
// whenever another link is pasted into the same window.
import { SOURCES } from "../../frontend/js/encodings.js";
import { readLink } from "./link.js";
import { asSource } from "../picture_menu/picture_menu.js";
import { nth } from "../../frontend/js/pixels.js";
import { call, unpack } from "../../frontend/js/rpc.js";
import { store } from "../../frontend/js/store.js";
import { openTab } from "../../frontend/js/gradio_tabs.js";

const NAMES = { digit: "image", a: "A", b: "B" };

let first = null;

// Resolves once the link that the page was opened with has become the state or was refused; at once
// where there is none. The ready digits of the pads wait for it.
export function firstLink() {
  first ??= open();
  return first;
}

export async function followLinks() {
  window.addEventListener("hashchange", open);
  await firstLink();
}

async function open() {
  const { hash } = window.location;
  try {
    const link = readLink(hash);
    if (link === null) return;
    const sources = await decodeAll(link);
    if (hash !== window.location.hash) return; // another one was pasted in the meantime
    const { model, seed, walk, path_at, tab } = link;
    store.set({ model, seed, walk, path_at, ...sources });
    showModel(model);
    openTab(tab); // of another version it may have no such tab any more, and that does no harm
    const restored = ["model", "seed", ...Object.keys(link.codes).map((key) => NAMES[key])];
    const text = `Restored from the link: ${restored.join(", ")}.`;
    store.set({ notice: { text } });
  } catch (error) {
    store.set({ notice: { text: `This link cannot be opened (${error.message}).` } });
  }
}

// The store's sources for a link's codes, in one request. All or nothing: the state changes only
// when everything in the link holds.
async function decodeAll({ model, codes }) {
  const { latent_dim: size } = await call("model_info", { model });
  const keys = Object.keys(codes);
  if (keys.length === 0) return {};
  const z = Object.values(codes);
  if (z[0].length !== size) {
    throw new Error(`its codes have ${z[0].length} numbers, those of ${model} have ${size}`);
  }
  const images = unpack((await call("decode", { model, z })).images);
  return Object.fromEntries(keys.map((key, i) => {
    return [SOURCES[key], asSource({ pixels: nth(images, i), z: z[i], model })];
  }));
}

// The choice of models is Gradio's, so it is pressed, as a visitor would.
function showModel(model) {
  [...document.querySelectorAll("#model input")].find(({ value }) => value === model)?.click();
}
