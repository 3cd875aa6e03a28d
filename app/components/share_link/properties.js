// The properties of the store that the address holds, as `#tab=Sample&temperature=1.2`. A property with
// its initial value is absent.
import { MAX_IMAGES, MAX_SEED, MAX_STEPS } from "../../frontend/js/constants.js";
import { SOURCES } from "../../frontend/js/encodings.js";
import { DEFAULTS } from "../../frontend/js/store.js";
import { codeOfModel, ofSource } from "./sources.js";

// A type has write(value, state), which returns a text or null to omit the property, and read(text), which
// returns the value or undefined if the text is invalid.
const words = /^[\p{L}\p{N} _./-]{1,80}$/u;
const text = { write: (value) => value, read: (raw) => (words.test(raw) ? raw : undefined) };
const list = {
  write: (values) => values.join(","),
  read: (raw) => (/^[\w-]+(,[\w-]+){0,19}$/.test(raw) ? raw.split(",") : undefined),
};
const flag = { write: (value) => (value ? "1" : "0"), read: (raw) => ({ 0: false, 1: true })[raw] };
const oneOf = (...values) => ({ write: String, read: (raw) => values.find((value) => String(value) === raw) });
const number = (low, high, isWhole = false) => ({
  write: String,
  read(raw) {
    const value = Number(raw);
    const valid = /^-?\d[\d.e-]*$/.test(raw) && value >= low && value <= high;
    return valid && (!isWhole || Number.isInteger(value)) ? value : undefined;
  },
});
const optional = (type) => ({ ...type, write: (value) => (value === null ? null : type.write(value)) });
export const walk = {
  write: ({ method, steps }) => `${method}.${steps}`,
  read(raw) {
    const [, method, steps] = raw.match(/^(linear|spherical)\.(\d+)$/) ?? [];
    // Older addresses may have an even number, which has no image at t = 0.5.
    return steps >= 2 && steps <= MAX_STEPS ? { method, steps: Number(steps) | 1 } : undefined;
  },
};
// Positions in a list of at most a hundred.
const positions = {
  write: String,
  read: (raw) => (/^\d{1,2}(,\d{1,2}){0,99}$/.test(raw) ? raw.split(",").map(Number) : undefined),
};
// The ranges of the map's axes, [[low, high], [low, high]].
const view = {
  write: (ranges) => ranges.flat().join(","),
  read(raw) {
    const limits = raw.split(",").map((one) => number(-100, 100).read(one));
    const [left, right, bottom, top] = limits;
    const valid = limits.length === 4 && !limits.includes(undefined) && left < right && bottom < top;
    return valid ? [[left, right], [bottom, top]] : undefined;
  },
};

// [name in the address, key of the store, type]
export const PROPERTIES = [
  ["tab", "tab", text],
  ["model", "model", text],
  ["compare", "compare_panel", text],
  ["dimensions", "compared", oneOf(2, 32)],
  ["damage", "damage", oneOf("noise", "occlusion")],
  ["share", "damaged_share", number(0, 0.6)],
  ["prior", "sample_prior", oneOf("model", "gaussian", "mixture")],
  ["density", "density_prior", oneOf("model", "mixture")],
  ["scale", "code_scale", oneOf("all", "prior")],
  ["objective", "objective_panel", text],
  ["lambda", "weight", number(0, 1e6)],
  ["snapshot", "snapshot", optional(number(0, 9999, true))],
  ["a", "head_input", number(-4, 4)],
  ["step", "stage", text],
  ["traced", "traced", text],
  ["count", "count", number(1, MAX_IMAGES, true)],
  ["temperature", "temperature", number(0, 2)],
  ["pixels", "draw_pixels", flag],
  ["seed", "seed", number(0, MAX_SEED, true)],
  ["draws", "draws", number(0, MAX_SEED, true)],
  ["layers", "layers", list],
  ["classes_off", "hidden_classes", positions],
  ["view", "map_view", optional(view)],
  ["pinned", "pinned", codeOfModel],
  ["sliders", "slider_code", codeOfModel],
  ["walk", "path_options", walk],
  ["at", "path_at", number(0, 1)],
  ["questions", "questions", flag],
  ["details", "details", flag],
  ["prepare", "prepare", flag],
  ["lesson", "lesson", text],
  ["present", "present", flag],
  ["hide", "hide", list],
  ...ofSource("source"),
  ...ofSource("source_a", "_a"),
  ...ofSource("source_b", "_b"),
];
const KEYS_OF_SOURCES = Object.values(SOURCES);

// Returns the changes of the store that the fields of a query give; invalid fields are omitted.
export function readChanges(query) {
  const fields = new URLSearchParams(query);
  const changes = {};
  for (const [name, key, type] of PROPERTIES) {
    const value = fields.has(name) ? type.read(fields.get(name)) : undefined;
    if (value !== undefined) changes[key] = value;
  }
  return changes;
}

const initial = (key, state) => (key === "model" ? state.models[0].name : DEFAULTS[key]);

// Returns the hash of a state of the store, "" if all properties have their initial values.
export function writeState(state) {
  const fields = new URLSearchParams();
  for (const [name, key, type] of PROPERTIES) {
    const value = type.write(state[key], state);
    if (value !== null && value !== type.write(initial(key, state), state)) fields.set(name, value);
  }
  const hash = String(fields).replaceAll("%2C", ",");
  return hash && `#${hash}`;
}

// Returns the changes of the store that a hash gives; null for another kind of hash. Absent and invalid
// properties get their initial values, but without an image the visitor's image is kept. Images of codes are
// missing (sources.js).
export function readState(hash, state) {
  const fields = new URLSearchParams(hash.slice(1));
  if (hash.length > 1 && !PROPERTIES.some(([name]) => fields.has(name))) return null;
  const changes = readChanges(fields);
  for (const [, key] of PROPERTIES) {
    if (!KEYS_OF_SOURCES.includes(key)) changes[key] ??= initial(key, state);
  }
  // The preprocessing is a property of its own, and of each source.
  for (const key of KEYS_OF_SOURCES) {
    if (changes[key]) changes[key] = { ...changes[key], prepare: changes.prepare };
  }
  if (!state.models.some(({ name }) => name === changes.model)) changes.model = initial("model", state);
  return changes;
}
