// Serialization of codes and of gray images as base64url.
import { MAX_ABS_CODE } from "../../frontend/js/constants.js";
import { PIXELS } from "../../frontend/js/pixels.js";
import { demand, fromBase64Url, toBase64Url } from "./drawing.js";

// Returns the text of a code, or of several codes one after the other, as float32.
export const writeCode = (z) => toBase64Url(new Uint8Array(Float32Array.from(z).buffer));

// Returns the numbers of a text. Throws an error if it is invalid.
export function readCode(text) {
  const bytes = fromBase64Url(text);
  demand(bytes.length % 4 === 0);
  const numbers = [...new Float32Array(bytes.buffer)];
  demand(numbers.every((value) => Math.abs(value) <= MAX_ABS_CODE)); // also false for NaN
  return numbers;
}

// Returns the text of a gray image, 784 bytes. Most are 0: a 0 is followed by how often it repeats.
export function writeGray(bytes) {
  const runs = String.fromCharCode(...bytes).match(/\0{1,255}|[^\0]/gs);
  const packed = runs.flatMap((run) => (run[0] === "\0" ? [0, run.length] : [run.charCodeAt(0)]));
  return toBase64Url(Uint8Array.from(packed));
}

// Returns the gray image of a text. Throws an error if it is invalid.
export function readGray(text) {
  const packed = fromBase64Url(text);
  const gray = [];
  for (let at = 0; at < packed.length && gray.length < PIXELS; at++) {
    if (packed[at] > 0) gray.push(packed[at]);
    else gray.push(...new Uint8Array(packed[++at] ?? 0));
  }
  demand(gray.length === PIXELS);
  return Uint8Array.from(gray);
}
