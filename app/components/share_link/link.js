// Links of the page's first version, as the hash of a URL. "Copy link" makes addresses (properties.js).
//
//   #v=1&model=vae-2d&seed=7&walk=spherical.24&at=0.5&tab=Sample&of=digit.a.b&z=BASE64URL
//
// z has the concatenated float32 codes of the keys in `of`. All fields are required, in this order, so
// that a truncated link is detected.
import { MAX_SEED } from "../../frontend/js/constants.js";
import { readCode } from "./codes.js";
import { demand } from "./drawing.js";
import { walk } from "./properties.js";

const VERSION = "1";
const FIELDS = ["v", "model", "seed", "walk", "at", "tab", "of", "z"];
const CODES = ["digit", "a", "b"]; // keys of the store
const MAX_LENGTH = 20_000; // characters; the codes of all models are shorter

// Returns {model, seed, path_options, path_at, tab, codes: {digit, a, b}} with the codes that the link
// has; null for a hash that is not a link. Throws an error with the reason if the link is invalid. The
// model's name and the length of z are validated by the server.
export function readLink(hash) {
  const fields = new URLSearchParams(hash.slice(1));
  if (!fields.has("v")) return null;
  if (fields.get("v") !== VERSION) throw new Error("it was made by another version of this page");
  const [names, values] = [[...fields.keys()], [...fields.values()]];
  demand(hash.length <= MAX_LENGTH && names.join() === FIELDS.join());
  const [, model, seed, path, at, tab, of, z] = values;
  const pathOptions = walk.read(path);
  demand(pathOptions !== undefined);
  return {
    model,
    seed: number(seed, [0, MAX_SEED], /^\d+$/),
    path_options: pathOptions,
    path_at: number(at, [0, 1]),
    tab,
    codes: readCodes(of === "" ? [] : of.split("."), z),
  };
}

function readCodes(keys, text) {
  demand(keys.every((key, i) => CODES.includes(key) && keys.indexOf(key) === i));
  const numbers = readCode(text);
  const size = numbers.length / keys.length;
  demand(keys.length === 0 ? numbers.length === 0 : Number.isInteger(size) && size > 0);
  return Object.fromEntries(keys.map((key, i) => [key, numbers.slice(i * size, (i + 1) * size)]));
}

function number(text, [low, high], form = /^\d[\d.e-]*$/) {
  const value = Number(text);
  demand(form.test(text) && value >= low && value <= high);
  return value;
}
