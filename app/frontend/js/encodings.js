// Keeps the pictures of a store encoded: whenever a source or the model changes, asks Python what the
// model makes of it, newest first, and puts the answer into the store. Notices are the page's.
import { call, latestOnly, pack, unpack } from "./rpc.js";
import { notifyError, selectedModel, store as page } from "./store.js";

// Whether a source (see store.js) has another version than the one that the store's model's data
// would be: uploads and drawings, for a model of ink.
export const hasChoice = (source, store = page) =>
  selectedModel(store)?.prepare === "ink" && Boolean(source?.pixels ?? (source?.raw && source.prepared));

// The bytes of a source that the store's model is shown: 84x84 of a drawing, else 28x28.
export function bytesOf(source, store = page) {
  const plain = source.raw && !(hasChoice(source, store) && source.prepare);
  return source.pixels ?? (plain ? source.raw : source.prepared);
}

const answers = new WeakMap(); // source -> model -> a promise of Python's answer

// What a model, whose data are those of the store's, makes of a source; asked once for the page.
export function seeSource(source, model, store) {
  if (!answers.has(source)) answers.set(source, new Map());
  const known = answers.get(source);
  if (!known.has(model)) {
    const { prepare } = source;
    known.set(model, call("see", { model, pixels: pack(bytesOf(source, store)), prepare }));
    known.get(model).catch(() => known.delete(model));
  }
  return known.get(model);
}

// The store's digits, and the source of each.
export const SOURCES = { digit: "source", a: "source_a", b: "source_b" };

function follow(store, digitKey, sourceKey) {
  const see = latestOnly(({ source, model }) => seeSource(source, model, store), (answer) => {
    const source = store.get(sourceKey);
    const own = source.z && source.model === answer.model ? source.z : answer.mu;
    const images = { seen: unpack(answer.seen), x_hat: unpack(answer.x_hat) };
    store.set({ [digitKey]: { ...answer, ...images, z: own } });
  }, {
    isWanted: ({ model }) => store.get(sourceKey) !== null && model === store.get("model"),
    fail: (error) => {
      store.set({ [digitKey]: null });
      notifyError(error);
    },
  });
  store.on([sourceKey, "model"], ({ [sourceKey]: source, model }) => {
    if (source === null) store.set({ [digitKey]: null });
    else if (model) see({ source, model });
  });
}

const known = new Map(); // what the server knows of a model does not change: name -> about

// Resolves to what is known of a model (see store.js), asked once for the whole page.
export async function fetchAbout({ model }) {
  if (!known.has(model)) known.set(model, await call("about", { model }));
  return known.get(model);
}

function followModel(store) {
  const isWanted = ({ model }) => model === store.get("model");
  const ask = latestOnly(fetchAbout, (about) => store.set({ about }), { isWanted });
  store.on(["model"], ({ model }) => {
    store.set({ about: known.get(model) ?? null });
    if (model && store.get("about") === null) ask({ model });
  });
}

export function start(store = page) {
  followModel(store);
  for (const [digit, source] of Object.entries(SOURCES)) follow(store, digit, source);
  store.on(["model", "source"], () => store.set({ place: null }));
}
