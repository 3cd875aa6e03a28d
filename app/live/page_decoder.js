// A small decoder that runs in the page. page_decoder.py says what its file holds: tensors in float16
// and the network as a list of layers; here is what each kind of layer computes. Every layer writes
// into an array of its own that it keeps, so that following a pointer leaves nothing to collect.
import { fromHalves } from "./halves.js";
import { createMatrices, matrixSize } from "./matrix.js";

// Resolves to a function from one code (an array of Z numbers) to 784 bytes.
export async function fetchDecoder(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The decoder did not arrive: ${response.status}`);
  return createDecoder(await response.arrayBuffer());
}

export function createDecoder(file) {
  const { layers, tensors } = readSafetensors(file);
  const shapes = [...tensors.values()].map(({ shape }) => shape);
  const sizes = shapes.map((shape) => (shape.length === 2 ? matrixSize(...shape) : 0));
  const { matrix } = createMatrices(sizes.reduce((sum, size) => sum + size, 0));
  const network = chain(layers, { tensors, matrix });
  return (z) => {
    const x_logits = network(z);
    const bytes = new Uint8Array(x_logits.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(255 / (1 + Math.exp(-x_logits[i])));
    return bytes;
  };
}

// Layers: functions from one vector to the next

const kinds = { linear, norm, silu, residual };

function chain(layers, weights) {
  const steps = layers.map(([kind, ...details]) => kinds[kind](weights, ...details));
  return (x) => steps.reduce((value, step) => step(value), x);
}

// y = W x + b
function linear({ tensors, matrix }, name) {
  const { shape, values } = tensors.get(`${name}.weight`);
  const { values: bias } = tensors.get(`${name}.bias`);
  const multiply = matrix(values, ...shape);
  return (x) => {
    const y = multiply(x);
    for (let i = 0; i < y.length; i++) y[i] += bias[i];
    return y;
  };
}

// Layer normalisation: (x - mean) / sqrt(variance + eps), scaled and shifted
function norm({ tensors }, name, eps) {
  const { values: scale } = tensors.get(`${name}.weight`);
  const { values: shift } = tensors.get(`${name}.bias`);
  const y = new Float32Array(scale.length);
  return (x) => {
    let sum = 0, squares = 0;
    for (let i = 0; i < x.length; i++) sum += x[i];
    const mean = sum / x.length;
    for (let i = 0; i < x.length; i++) squares += (x[i] - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / x.length + eps);
    for (let i = 0; i < x.length; i++) y[i] = (x[i] - mean) * factor * scale[i] + shift[i];
    return y;
  };
}

// x * sigmoid(x)
function silu() {
  let y = new Float32Array(0);
  return (x) => {
    if (y.length !== x.length) y = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) y[i] = x[i] / (1 + Math.exp(-x[i]));
    return y;
  };
}

// x + f(x)
function residual(weights, layers) {
  const inner = chain(layers, weights);
  return (x) => {
    const y = inner(x);
    for (let i = 0; i < y.length; i++) y[i] += x[i];
    return y;
  };
}

// The file

// Safetensors: eight bytes with the header's length, the header in JSON, the tensors.
function readSafetensors(file) {
  const length = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
  const { __metadata__: metadata, ...entries } = header;
  const tensors = new Map(Object.entries(entries).map(([name, { shape, data_offsets: [start, end] }]) => {
    return [name, { shape, values: fromHalves(file, 8 + length + start, end - start) }];
  }));
  return { layers: JSON.parse(metadata.layers), tensors };
}
