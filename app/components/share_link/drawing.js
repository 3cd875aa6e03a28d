// Serialization of a drawing's strokes (strokes.js) as base64url. Coordinates and widths are multiples of
// 1 / UNITS, as the pad rounds them, so a restored drawing has the same pixels. Each point is stored as the
// difference from the previous one, and each number in as many bytes as it needs.
import { pack, unpack } from "../../frontend/js/rpc.js";
import { UNITS } from "../drawing_pad/strokes.js";

const MAX_BYTES = 12_000;
const MAX_POSITION = 4 * UNITS; // strokes may leave the pad, but not further than about a screen

// Returns the text of `strokes`; null if the drawing is too long for an address.
export function writeDrawing(strokes) {
  const bytes = strokes.flatMap(({ points, width }) => {
    const whole = [[0, 0], ...points.map(([x, y]) => [Math.round(x * UNITS), Math.round(y * UNITS)])];
    const steps = points.flatMap((_, i) => [0, 1].map((axis) => zigzag(whole[i + 1][axis] - whole[i][axis])));
    return [Math.round(width * UNITS), points.length, ...steps].flatMap(varint);
  });
  return bytes.length > MAX_BYTES ? null : toBase64Url(Uint8Array.from(bytes));
}

// Returns the strokes of a text. Throws an error if it is invalid.
export function readDrawing(text) {
  const numbers = readVarints(fromBase64Url(text));
  const strokes = [];
  for (let at = 0; at < numbers.length;) {
    const [width, count] = [numbers[at], numbers[at + 1]];
    const steps = numbers.slice(at + 2, at + 2 + 2 * count);
    demand(width > 0 && width <= UNITS && count > 0 && steps.length === 2 * count);
    let [x, y] = [0, 0];
    const points = Array.from({ length: count }, (_, i) => {
      x += unzigzag(steps[2 * i]);
      y += unzigzag(steps[2 * i + 1]);
      demand(Math.max(Math.abs(x), Math.abs(y)) <= MAX_POSITION);
      return [x / UNITS, y / UNITS];
    });
    strokes.push({ points, width: width / UNITS });
    at += 2 + 2 * count;
  }
  demand(strokes.length > 0);
  return strokes;
}

// Signed integers as unsigned ones, small if the integer is near 0.
const zigzag = (value) => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value) => (value % 2 ? -(value + 1) / 2 : value / 2);

// Returns the bytes of an unsigned integer, 7 bits each, the lowest first; the last one is below 128.
const varint = (value) => (value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))]);

function readVarints(bytes) {
  demand(bytes.length <= MAX_BYTES && (bytes.at(-1) ?? 128) < 128);
  const numbers = [];
  let [value, scale] = [0, 1];
  for (const byte of bytes) {
    value += (byte % 128) * scale;
    scale *= 128;
    demand(scale <= 128 ** 3);
    if (byte >= 128) continue;
    numbers.push(value);
    [value, scale] = [0, 1];
  }
  return numbers;
}

// Throws an error, for the visitor, unless a condition on a part of a link is met.
export function demand(met) {
  if (!met) throw new Error("it is cut short or mistyped");
}

// base64url: base64 with characters that need no escaping in a URL.
export const toBase64Url = (bytes) =>
  pack(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export function fromBase64Url(text) {
  demand(/^[\w-]*$/.test(text) && text.length % 4 !== 1); // otherwise it is valid base64
  return unpack(text.replaceAll("-", "+").replaceAll("_", "/"));
}
