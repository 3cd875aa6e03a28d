// Small networks that run in the page. A file has the tensors and the network as a list of layers
// (page_networks.py). Every layer reuses one output array, so that a run creates no garbage.
import { isReachable, reconnected } from "../connection.js";
import { addressOf } from "../rpc.js";
import { readFloat16 } from "../float16.js";

const loading = new Map(); // URL path -> promise of the network

// Resolves to {run, tensors, metadata}, loaded once per page. `run` maps an array of numbers to a
// Float32Array, which the next run overwrites. Rejects if the server does not serve the file; without a
// connection it waits.
export function loadNetwork(path) {
  if (!loading.has(path)) {
    loading.set(path, fetchFile(addressOf(path)).then(readNetwork));
    loading.get(path).catch(() => loading.delete(path));
  }
  return loading.get(path);
}

async function fetchFile(address) {
  for (;;) {
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`A network did not load: status ${response.status}`);
      return await response.arrayBuffer();
    } catch (error) {
      if (await isReachable()) throw error;
      await reconnected();
    }
  }
}

function readNetwork(file) {
  const { tensors, metadata } = readSafetensors(file);
  const layers = chain(JSON.parse(metadata.layers), tensors);
  // One array type, so that the engine specializes the layers.
  return { run: (x) => layers(Float32Array.from(x)), tensors, metadata };
}

// Layers: functions from one vector to the next

const kinds = { linear, norm, silu, residual };

function chain(layers, tensors) {
  const steps = layers.map(([kind, ...details]) => kinds[kind](tensors, ...details));
  return (x) => steps.reduce((value, step) => step(value), x);
}

// y = W x + b, unrolled over four rows: they share the reads of x and have independent sums. Typed
// arrays ignore writes past their end, so the number of rows need not be a multiple of four.
function linear(tensors, name) {
  const { shape: [rows, columns], values: weight } = tensors.get(`${name}.weight`);
  const { values: bias } = tensors.get(`${name}.bias`);
  const y = new Float32Array(rows);
  return (x) => {
    for (let row = 0; row < rows; row += 4) {
      const first = row * columns, second = first + columns, third = second + columns, fourth = third + columns;
      let a = 0, b = 0, c = 0, d = 0;
      for (let i = 0; i < columns; i++) {
        a += weight[first + i] * x[i];
        b += weight[second + i] * x[i];
        c += weight[third + i] * x[i];
        d += weight[fourth + i] * x[i];
      }
      y[row] = a + bias[row];
      y[row + 1] = b + bias[row + 1];
      y[row + 2] = c + bias[row + 2];
      y[row + 3] = d + bias[row + 3];
    }
    return y;
  };
}

// Layer normalization: (x - mean) / sqrt(variance + eps), scaled and shifted
function norm(tensors, name, eps) {
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
function residual(tensors, layers) {
  const inner = chain(layers, tensors);
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
  const tensors = new Map(Object.entries(entries).map(([name, { dtype, shape, data_offsets: ends }]) => {
    const [start, end] = ends.map((offset) => 8 + length + offset);
    const values = dtype === "F32" ? new Float32Array(file.slice(start, end)) : readFloat16(file, start, end - start);
    return [name, { shape, values }];
  }));
  return { tensors, metadata };
}
