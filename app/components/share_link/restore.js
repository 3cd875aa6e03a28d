// Restores the state of an address (properties.js) or of an old link (link.js) from the URL's hash, when the
// page is opened and when the hash changes.
import { fetchModelInfo, OF_MODEL, SOURCES } from "../../frontend/js/encodings.js";
import { readLink } from "./link.js";
import { asSource } from "../image_menu/image_menu.js";
import { nth } from "../../frontend/js/pixels.js";
import { call, unpack } from "../../frontend/js/rpc.js";
import { store } from "../../frontend/js/store.js";
import { hasTab, openedTab, openTab, present, tabsReady } from "../../frontend/js/gradio_tabs.js";
import { acceptAddress, beginAddress, holdAddress } from "./address.js";
import { readState } from "./properties.js";

const NAMES = { digit: "image", a: "A", b: "B" };

let first = null;

// Resolves once the link that the page was opened with is restored or rejected; immediately without a
// link. The example digits of the pads are drawn after it. The first call starts to follow the address.
export function firstLink() {
  if (first === null) {
    window.addEventListener("hashchange", open);
    first = window.location.hash.length > 1 ? open() : begin();
  }
  return first;
}

// Without a link nothing is restored: the visitor may have changed something before the models arrive.
async function begin() {
  models().then(tabsReady).then(beginAddress);
}

async function open() {
  const { hash } = window.location;
  holdAddress();
  await tabsReady();
  let held = null;
  try {
    const link = readLink(hash);
    if (link === null) {
      if (await restoreState(hash)) held = hash;
      return;
    }
    const sources = await decodeAll(link);
    if (hash !== window.location.hash) return; // the hash changed in the meantime
    const { model, seed, path_options, path_at, tab } = link;
    store.set({ model, seed, path_options, path_at, ...sources });
    showModel(model);
    showTab(tab);
    const restored = ["model", "seed", ...Object.keys(link.codes).map((key) => NAMES[key])];
    const text = `Restored from the link: ${restored.join(", ")}.`;
    store.set({ notice: { text } });
  } catch (error) {
    store.set({ notice: { text: `This link cannot be opened (${error.message}).` } });
  } finally {
    if (hash === window.location.hash) acceptAddress(held); // otherwise another link is being opened
  }
}

// Returns whether the hash had a state.
async function restoreState(hash) {
  const changes = readState(hash, { models: await models() });
  if (changes === null) return false;
  const { model } = changes;
  const codes = Object.entries(SOURCES).filter(([, source]) => changes[source]?.z);
  if (codes.length > 0) {
    Object.assign(changes, await decodeAll({
      model, codes: Object.fromEntries(codes.map(([key, source]) => [key, changes[source].z])),
    }));
  }
  for (const key of ["pinned", "slider_code"]) {
    if (changes[key]) changes[key] = await ofModel(changes[key], model);
  }
  if (hash !== window.location.hash) return false;
  applyChanges(changes);
  return true;
}

// Returns a code with the name of its model; null if the model has codes of another length.
async function ofModel({ z }, model) {
  const { latent_dim: size } = await fetchModelInfo({ model });
  return z.length === size ? { z, model } : null;
}

// Applies changes of the store, of which the tab and the model are also Gradio's.
export function applyChanges({ tab, ...others }) {
  store.set(others);
  // A new model or image has reset these.
  store.set(Object.fromEntries(Object.entries(others).filter(([key]) => key in OF_MODEL)));
  if (others.model !== undefined) showModel(others.model);
  if (tab !== undefined && tab !== openedTab()) showTab(tab);
}

// Resolves to the store's models once they are known.
const models = async () => (await store.when(["models"], ({ models: known }) => known.length > 0)).models;

// Opens a tab; no effect if a link of another version has an unknown tab.
function showTab(tab) {
  if (!hasTab(tab)) return;
  openTab(tab);
  store.set({ tab });
}

// Returns the sources of a link's codes, decoded in one request. Throws if a part of the link is
// invalid, so that the state is restored completely or not at all.
async function decodeAll({ model, codes }) {
  const { latent_dim: size } = await fetchModelInfo({ model });
  const keys = Object.keys(codes);
  if (keys.length === 0) return {};
  const z = Object.values(codes);
  const wrong = z.find(({ length }) => length !== size);
  if (wrong) throw new Error(`its codes have ${wrong.length} numbers, those of ${model} have ${size}`);
  const images = unpack((await call("decode", { model, z })).images);
  return Object.fromEntries(keys.map((key, i) => {
    return [SOURCES[key], asSource({ pixels: nth(images, i), z: z[i], model })];
  }));
}

// Selects the model in Gradio's radio buttons.
async function showModel(model) {
  await present("#model input");
  [...document.querySelectorAll("#model input")].find(({ value }) => value === model)?.click();
}
