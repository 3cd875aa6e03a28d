// A link's form: the visitor's state as the hash of an address, and back. The hash, because a
// browser never sends it to the server, and because the page around a Space hands it on.
//
//   #v=1&model=vae-2d&seed=7&walk=spherical.24&at=0.5&tab=Sample&of=digit.a.b&z=BASE64URL
//
// z holds the float32 codes of what `of` names, one after the other. Every field is there, in this
// order, so a link that was cut short is known as one.
import { pack, unpack } from "../../frontend/js/rpc.js";

const VERSION = "1";
const FIELDS = ["v", "model", "seed", "walk", "at", "tab", "of", "z"];
const CODES = ["digit", "a", "b"]; // keys of the store
const LONGEST = 20_000; // characters: more than any model's codes need
const MAX_SEED = 2 ** 32 - 1; // of inference.py
const STEPS = [2, 64]; // of path_options.py
const FARTHEST = 1e4; // beyond this no code is decoded, see wire.py

// The hash of a state of the store and the name of a tab. Codes of another model stay behind.
export function writeLink(state, tab) {
  const { model, seed, walk, path_at: at } = state;
  const carried = CODES.filter((key) => state[key]?.model === model);
  const codes = Float32Array.from(carried.flatMap((key) => state[key].z));
  const values = [
    VERSION, model, seed, `${walk.method}.${walk.steps}`, at, tab, carried.join("."),
    toBase64Url(new Uint8Array(codes.buffer)),
  ];
  return `#${new URLSearchParams(FIELDS.map((field, i) => [field, values[i]]))}`;
}

// {model, seed, walk, path_at, tab, codes: {digit, a, b}}, of the codes those that the link has;
// null for a hash that is no link. Throws the reason for which a link cannot be read. Whether there
// is such a model, and whether its z is that long, is for the server to say.
export function readLink(hash) {
  const fields = new URLSearchParams(hash.slice(1));
  if (!fields.has("v")) return null;
  if (fields.get("v") !== VERSION) throw new Error("it was made by another version of this page");
  const [names, values] = [[...fields.keys()], [...fields.values()]];
  demand(hash.length <= LONGEST && names.join() === FIELDS.join());
  const [, model, seed, walk, at, tab, of, z] = values;
  const [method, steps] = walk.split(".");
  demand(walk === `${method}.${steps}` && ["linear", "spherical"].includes(method));
  return {
    model,
    seed: number(seed, [0, MAX_SEED], /^\d+$/),
    walk: { method, steps: number(steps, STEPS, /^\d+$/) },
    path_at: number(at, [0, 1]),
    tab,
    codes: readCodes(of === "" ? [] : of.split("."), z),
  };
}

function readCodes(keys, z) {
  demand(keys.every((key, i) => CODES.includes(key) && keys.indexOf(key) === i));
  const bytes = fromBase64Url(z);
  const size = bytes.length / 4 / keys.length;
  demand(keys.length === 0 ? bytes.length === 0 : Number.isInteger(size) && size > 0);
  const numbers = [...new Float32Array(bytes.buffer)];
  demand(numbers.every((value) => Math.abs(value) <= FARTHEST)); // also false for NaN
  return Object.fromEntries(keys.map((key, i) => [key, numbers.slice(i * size, (i + 1) * size)]));
}

function number(text, [low, high], form = /^\d[\d.e-]*$/) {
  const value = Number(text);
  demand(form.test(text) && value >= low && value <= high);
  return value;
}

function demand(met) {
  if (!met) throw new Error("it is cut short or mistyped");
}

// base64 in the letters that an address takes as they are.
const toBase64Url = (bytes) =>
  pack(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function fromBase64Url(text) {
  demand(/^[\w-]*$/.test(text) && text.length % 4 !== 1); // what is left is base64
  return unpack(text.replaceAll("-", "+").replaceAll("_", "/"));
}
