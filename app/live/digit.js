// Keeps the visitor's pictures encoded: whenever a source or the model changes, asks Python what the
// model makes of it, newest first, and puts the answer into the store.
import { newestWins, pack, unpack } from "./server.js";
import { store } from "./store.js";
import { chosen } from "./words.js";

// Whether a source (see store.js) has another version than the one that the chosen model's data
// would be: uploads and drawings, for a model of ink.
export const hasChoice = (source) =>
  chosen()?.prepare === "ink" && Boolean(source?.pixels ?? (source?.raw && source.prepared));

// The bytes of a source that the model is shown: 84x84 of a drawing, else 28x28.
export function bytesOf(source) {
  const plain = source.raw && !(hasChoice(source) && source.prepare);
  return source.pixels ?? (plain ? source.raw : source.prepared);
}

// What `see` is asked about a source.
const payload = (source, model) =>
  ({ model, pixels: pack(bytesOf(source)), prepare: source.prepare });

// The store's digits, and the source of each.
export const SOURCES = { digit: "source", a: "source_a", b: "source_b" };

function follow(digitKey, sourceKey) {
  const see = newestWins(
    "see",
    (answer) => {
      const source = store.get(sourceKey);
      if (source === null || answer.model !== store.get("model")) return; // cleared, or asked again
      const own = source.z && source.model === answer.model ? source.z : answer.mu;
      const images = { seen: unpack(answer.seen), x_hat: unpack(answer.x_hat) };
      store.set({ [digitKey]: { ...answer, ...images, z: own } });
    },
    (error) => store.set({ [digitKey]: null, notice: { text: error.message } }),
  );
  store.on([sourceKey, "model"], ({ [sourceKey]: source, model }) => {
    if (source === null) store.set({ [digitKey]: null });
    else if (model) see(payload(source, model));
  });
}

// Fetches what is known of the chosen model.
function followModel() {
  const about = newestWins(
    "about",
    (answer) => {
      if (answer.name === store.get("model")) store.set({ about: answer });
    },
    (error) => store.set({ notice: { text: error.message } }),
  );
  store.on(["model"], ({ model }) => {
    store.set({ about: null });
    if (model) about({ model });
  });
}

export function start() {
  followModel();
  for (const [digit, source] of Object.entries(SOURCES)) follow(digit, source);
  store.on(["model", "source"], () => store.set({ place: null }));
}
