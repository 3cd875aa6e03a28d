// Keeps the images of a store encoded: when a source or the model changes, computes the encoding in the
// page or requests it, and writes it to the store. Errors are shown as notices of the page.
import { loadEncoder } from "./networks/encoder.js";
import { PIPELINED } from "./pipeline.js";
import { call, latestOnly, pack, unpack } from "./rpc.js";
import { DEFAULTS, notifyError, selectedModel, store as page } from "./store.js";

// Whether a source (see store.js) can be shown with and without MNIST's preprocessing: true for uploads and
// drawings if the selected model's data set was preprocessed like MNIST ("ink").
export const hasChoice = (source, store = page) =>
  selectedModel(store)?.prepare === "ink" && Boolean(source?.pixels ?? (source?.raw && source.prepared));

// Whether the page chose a source, and not the visitor.
export const isExample = (source) => Boolean(source?.example ?? source?.drawing?.example);

// The bytes of a source that are sent to the model: 84x84 of a drawing, otherwise 28x28.
export function bytesOf(source, store = page) {
  const plain = source.raw && !(hasChoice(source, store) && source.prepare);
  return source.pixels ?? (plain ? source.raw : source.prepared);
}

const answers = new WeakMap(); // source -> model -> encoding, or its promise while it is requested

function answersOf(source) {
  if (!answers.has(source)) answers.set(source, new Map());
  return answers.get(source);
}

// Returns a model's encoding of a source, or a promise of it; it is requested once per page. The model must
// have the same data set as the store's model.
export function encodeSource(source, model, store) {
  const known = answersOf(source);
  if (!known.has(model)) {
    const { prepare } = source;
    const request = call("encode", { model, pixels: pack(bytesOf(source, store)), prepare }).then(unpackImages);
    known.set(model, request);
    request.then((answer) => known.set(model, answer), () => known.delete(model));
  }
  return known.get(model);
}

const unpackImages = (answer) => ({ ...answer, seen: unpack(answer.seen), x_hat: unpack(answer.x_hat) });

// Returns an encoding that needs no request: a known one, or one of a model whose networks are in the page.
// Otherwise null.
function encodeAtOnce(source, model, store) {
  const known = answersOf(source).get(model) ?? null;
  if (known !== null) return known instanceof Promise ? null : known;
  const about = store.get("about");
  if (store !== page || about?.name !== model || !about.encoder) return null;
  const encode = encoderOf(about, source);
  return encode && encode(bytesOf(source, store), source.prepare === false ? "resize" : selectedModel(store).prepare);
}

const encoders = new Map(); // model -> function of encoder.js, null until it is loaded

// Returns the encoder of a model, or null while it is not loaded. It is large, so an example of the page does
// not load it.
function encoderOf(about, source) {
  if (!encoders.has(about.name) && !isExample(source)) {
    encoders.set(about.name, null);
    loadEncoder(about).then((encode) => encoders.set(about.name, encode), () => {}); // then the server encodes
  }
  return encoders.get(about.name) ?? null;
}

// The keys of encodings in the store, and the source of each.
export const SOURCES = { digit: "source", a: "source_a", b: "source_b" };

function follow(store, digitKey, sourceKey) {
  const encode = latestOnly(({ source, model }) => encodeSource(source, model, store), (answer) => {
    const source = store.get(sourceKey);
    const z = source.z && source.model === answer.model ? source.z : answer.mu;
    store.set({ [digitKey]: { ...answer, z } });
  }, {
    atOnce: ({ source, model }) => encodeAtOnce(source, model, store),
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

// The state that a new image of the visitor resets, and that a new model resets.
const { pinned, slider_code, map_view, hidden_classes } = DEFAULTS;
const OF_IMAGE = { pinned, slider_code };
export const OF_MODEL = { ...OF_IMAGE, map_view, hidden_classes };

export function start(store = page) {
  followModel(store);
  for (const [digit, source] of Object.entries(SOURCES)) follow(store, digit, source);
  store.on(["model"], () => store.set(OF_MODEL));
  // An example must not reset the code that a link has pinned before.
  store.on(["source"], ({ source }) => { if (!isExample(source)) store.set(OF_IMAGE); });
}
