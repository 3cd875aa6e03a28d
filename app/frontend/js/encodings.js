// Keeps the images of a store encoded: when a source or the model changes, requests the encoding and
// writes it to the store. Errors are shown as notices of the page.
import { PIPELINED } from "./pipeline.js";
import { call, latestOnly, pack, unpack } from "./rpc.js";
import { notifyError, selectedModel, store as page } from "./store.js";

// Whether a source (see store.js) can be shown with and without MNIST's preprocessing: uploads and
// drawings, for a model whose data set was preprocessed by its ink.
export const hasChoice = (source, store = page) =>
  selectedModel(store)?.prepare === "ink" && Boolean(source?.pixels ?? (source?.raw && source.prepared));

// The bytes of a source that are sent to the model: 84x84 of a drawing, otherwise 28x28.
export function bytesOf(source, store = page) {
  const plain = source.raw && !(hasChoice(source, store) && source.prepare);
  return source.pixels ?? (plain ? source.raw : source.prepared);
}

const answers = new WeakMap(); // source -> model -> promise of the encoding

// Resolves to a model's encoding of a source, requested once per page. The model must have the same
// data set as the store's model.
export function encodeSource(source, model, store) {
  if (!answers.has(source)) answers.set(source, new Map());
  const known = answers.get(source);
  if (!known.has(model)) {
    const { prepare } = source;
    known.set(model, call("encode", { model, pixels: pack(bytesOf(source, store)), prepare }));
    known.get(model).catch(() => known.delete(model));
  }
  return known.get(model);
}

// The keys of encodings in the store, and the source of each.
export const SOURCES = { digit: "source", a: "source_a", b: "source_b" };

function follow(store, digitKey, sourceKey) {
  const encode = latestOnly(({ source, model }) => encodeSource(source, model, store), (answer) => {
    const source = store.get(sourceKey);
    const z = source.z && source.model === answer.model ? source.z : answer.mu;
    const images = { seen: unpack(answer.seen), x_hat: unpack(answer.x_hat) };
    store.set({ [digitKey]: { ...answer, ...images, z } });
  }, {
    isWanted: ({ model }) => store.get(sourceKey) !== null && model === store.get("model"),
    most: PIPELINED,
    fail: (error) => {
      store.set({ [digitKey]: null });
      notifyError(error);
    },
  });
  store.on([sourceKey, "model"], ({ [sourceKey]: source, model }) => {
    if (source === null) store.set({ [digitKey]: null });
    else if (model) encode({ source, model });
  });
}

const known = new Map(); // name -> model info, which is constant

// Resolves to the description of a model (`about` in store.js), requested once per page.
export async function fetchModelInfo({ model }) {
  if (!known.has(model)) known.set(model, await call("model_info", { model }));
  return known.get(model);
}

function followModel(store) {
  const isWanted = ({ model }) => model === store.get("model");
  const request = latestOnly(fetchModelInfo, (about) => store.set({ about }), { isWanted });
  store.on(["model"], ({ model }) => {
    store.set({ about: known.get(model) ?? null });
    if (model && store.get("about") === null) request({ model });
  });
}

export function start(store = page) {
  followModel(store);
  for (const [digit, source] of Object.entries(SOURCES)) follow(store, digit, source);
  store.on(["model"], () => store.set({ pinned: null, map_view: null }));
  // The page's example comes after a link that pins a code was opened.
  store.on(["source"], ({ source }) => { if (!source?.drawing?.example) store.set({ pinned: null }); });
}
