// Serialization of an image of the visitor (`source` in store.js): the strokes of a drawing, the code of an
// image that the selected model decoded, or the gray levels of another image. An example of the page is
// omitted.
import { PAD_SIDE } from "../../frontend/js/constants.js";
import { bytesOf, isExample } from "../../frontend/js/encodings.js";
import { rasterize } from "../drawing_pad/strokes.js";
import { readCode, readGray, writeCode, writeGray } from "./codes.js";
import { readDrawing, writeDrawing } from "./drawing.js";

const isImage = (source) => Boolean(source) && !source.drawing && !isExample(source);
const isDecoded = (source, { model }) => Boolean(source.z) && source.model === model;

// Returns a type of properties.js. `read` may throw an error for an invalid text.
const type = (write, read) => ({
  write,
  read(text) {
    try {
      return read(text);
    } catch {
      return undefined;
    }
  },
});

const drawing = type(
  (source) => (source?.drawing && !isExample(source) ? writeDrawing(source.drawing.strokes) : null),
  (text) => {
    const strokes = readDrawing(text);
    const content = { strokes, source: null, example: false };
    return { pixels: rasterize(strokes, PAD_SIDE), prepare: true, drawing: content };
  },
);

// A source that is read from a code has no image; restore.js adds it.
const code = type(
  (source, state) => (isImage(source) && isDecoded(source, state) ? writeCode(source.z) : null),
  (text) => ({ z: readCode(text) }),
);

const gray = type(
  (source, state) => (isImage(source) && !isDecoded(source, state) ? writeGray(bytesOf(source)) : null),
  (text) => ({ prepared: readGray(text), prepare: true }),
);

// A code of the selected model, {z, model}; the model is added by restore.js.
export const codeOfModel = type(
  (value, { model }) => (value?.model === model ? writeCode(value.z) : null),
  (text) => ({ z: readCode(text) }),
);

// The properties of a source, of which the address has at most one: [name, key of the store, type].
export const ofSource = (key, suffix = "") => [
  [`drawing${suffix}`, key, drawing], [`code${suffix}`, key, code], [`image${suffix}`, key, gray],
];
