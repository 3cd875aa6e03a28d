// Prepares a drawing of the pad for a model, with the arithmetic of app/images: strokes.py separates the
// strokes, preprocess.py scales and centers them as in MNIST. An image is {height, width, values}, with
// the values in float32 as in Python.
import { CENTER, DIGIT_SIDE, FAINT, FLAT, MIN_STROKE, OVERSAMPLING, TIE } from "../constants.js";
import { SIDE } from "../pixels.js";

// Returns the model's input, 784 values in [0, 1], for the square gray bytes of a drawing. `prepare` is how
// the model's images were preprocessed: "ink" or "resize". Returns null for an image that only Python can
// read: its background is not black, or it has too much ink or too many shades for a drawing.
export function prepareDrawing(bytes, prepare) {
  const side = Math.sqrt(bytes.length);
  const gray = createImage(side, side);
  bytes.forEach((byte, i) => { gray.values[i] = byte / 255; });
  if (prepare === "resize") return resize(gray, SIDE, SIDE).values;
  return isDrawing(bytes, side) ? center(stretchContrast(scale(crop(gray)))) : null;
}

function isDrawing(bytes, side) {
  const border = bytes.filter((_, i) => i % side % (side - 1) === 0 || i < side || i >= side * (side - 1));
  const black = border.filter((byte) => byte === 0).length;
  const clear = 0.6 * Math.max(highest(bytes), 255 * FAINT);
  const [ink, bold] = [255 * FLAT, clear].map((level) => bytes.filter((byte) => byte > level).length);
  return black > border.length / 2 && ink > 0 && bold >= 0.25 * ink && ink <= 0.7 * bytes.length;
}

const createImage = (height, width) => ({ height, width, values: new Float32Array(height * width) });
const highest = (values) => values.reduce((most, value) => (value > most ? value : most), 0);
const share = (part, values) => Math.fround(Math.fround(part) * highest(values));
const round = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)); // halves to even

// Returns the box of the strokes, without an edge too faint to be seen.
function crop({ width, values }) {
  const least = share(0.1, values);
  const places = [...values.keys()].filter((i) => values[i] > least);
  const range = (at) => [Math.min(...at), Math.max(...at) + 1];
  const [top, bottom] = range(places.map((i) => Math.floor(i / width)));
  const [left, right] = range(places.map((i) => i % width));
  const cropped = createImage(bottom - top, right - left);
  for (let row = top; row < bottom; row++) {
    const line = values.subarray(row * width + left, row * width + right);
    cropped.values.set(line.map((value) => (value > FLAT ? value : 0)), (row - top) * cropped.width);
  }
  return cropped;
}

// Scales the longest side to 20 pixels and widens a pen that is thinner than MNIST's.
function scale(cropped) {
  const [height, width] = fitLongest(cropped);
  const drawing = resize(cropped, height * OVERSAMPLING, width * OVERSAMPLING);
  const missing = MIN_STROKE * OVERSAMPLING - strokeWidth(drawing);
  const widened = missing > 1 ? widen(drawing, round(missing / 2)) : drawing;
  return resize(widened, ...fitLongest(widened));
}

function fitLongest({ height, width }) {
  const factor = DIGIT_SIDE / Math.max(height, width);
  return [height, width].map((side) => Math.max(1, round(side * factor)));
}

// Returns twice the area over the perimeter, in pixels. The sum of absolute differences to the upper and
// the left pixel exceeds the perimeter by a factor of 4 / pi, averaged over directions.
function strokeWidth({ height, width, values }) {
  const at = (row, column) => (column < 0 || column === width ? 0 : values[row * width + column] ?? 0);
  let area = 0, variation = 0;
  for (let row = 0; row <= height; row++) {
    for (let column = 0; column <= width; column++) {
      const value = at(row, column);
      area += value;
      variation += Math.abs(value - at(row - 1, column)) + Math.abs(value - at(row, column - 1));
    }
  }
  return 2 * area / (variation * Math.PI / 4);
}

// Gives each pixel the maximum of the square that reaches `by` pixels to each side; the image grows by it.
function widen(image, by) {
  const along = ({ height, width, values }) => mapRows({ height, width }, width + 2 * by, (row, column) => {
    const [start, end] = [row + Math.max(0, column - 2 * by), row + Math.min(width, column + 1)];
    let most = 0;
    for (let i = start; i < end; i++) most = Math.max(most, values[i]);
    return most;
  });
  return along(along(image));
}

// Divides by the level of the strokes' middle, which is white in MNIST.
function stretchContrast({ height, width, values }) {
  const least = share(0.3, values);
  const bright = values.filter((value) => value > least).sort();
  const at = 0.8 * (bright.length - 1);
  const [below, above] = [bright[Math.floor(at)], bright[Math.ceil(at)]];
  const core = Math.fround(below + (at % 1) * (above - below));
  return { height, width, values: values.map((value) => Math.min(1, value / core)) };
}

// Returns the values of 28x28 pixels with the image's center of mass in the middle.
function center({ width, values }) {
  const [total, down, across] = [() => 1, (i) => Math.floor(i / width), (i) => i % width]
    .map((weight) => values.reduce((sum, value, i) => sum + value * weight(i), 0));
  const [top, left] = [down, across].map((moment) => Math.floor(CENTER - moment / total + 0.5 + TIE));
  const centered = new Float32Array(SIDE * SIDE);
  values.forEach((value, i) => {
    const [row, column] = [top + Math.floor(i / width), left + (i % width)];
    if (column >= 0 && column < SIDE) centered[row * SIDE + column] = value; // ignored outside the array
  });
  return centered;
}

// Resizes as Pillow does, columns before rows: by area if the image shrinks, else linear between pixels.
function resize(image, height, width) {
  const shrinks = height <= image.height && width <= image.width;
  const along = (from, length) => {
    const parts = weights(from.width, length, shrinks);
    return mapRows(from, length, (row, column) => {
      const { start, shares } = parts[column];
      let sum = 0;
      for (let i = 0; i < shares.length; i++) sum += from.values[row + start + i] * shares[i];
      return sum;
    });
  };
  return along(along(image, width), height);
}

// Returns the transposed image whose rows have `length` values `value(row, column)`; `row` is the index of
// the first pixel of a row.
function mapRows({ height, width }, length, value) {
  const mapped = createImage(length, height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < length; column++) {
      mapped.values[column * height + row] = value(row * width, column);
    }
  }
  return mapped;
}

// Returns the weights of the pixels of a line that make up each of `length` pixels.
function weights(from, length, byArea) {
  const factor = from / length;
  const stretch = Math.max(factor, 1);
  const support = byArea ? stretch / 2 : stretch;
  return Array.from({ length }, (_, at) => {
    const middle = (at + 0.5) * factor;
    const start = Math.max(0, Math.trunc(middle - support + 0.5));
    const end = Math.min(from, Math.trunc(middle + support + 0.5));
    const shares = Array.from({ length: end - start }, (_, i) => {
      const x = (start + i - middle + 0.5) / stretch;
      return byArea ? Number(x > -0.5 && x <= 0.5) : Math.max(0, 1 - Math.abs(x));
    });
    const sum = shares.reduce((total, part) => total + part, 0);
    return { start, shares: shares.map((part) => part / sum) };
  });
}
