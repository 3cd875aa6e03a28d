// A small decoder that runs in the page. page_decoder.py says what its file holds: tensors in float16
// and the network as a list of layers; here is what each kind of layer computes. Every layer writes
// into an array of its own that it keeps, so that following a pointer leaves nothing to collect.
// Double precision throughout: JavaScript computes in doubles, and converting costs time.

// Resolves to a function from one code (an array of Z numbers) to 784 bytes.
export async function fetchDecoder(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The decoder did not arrive: ${response.status}`);
  return createDecoder(await response.arrayBuffer());
}

export function createDecoder(file) {
  const { metadata, tensor } = readSafetensors(file);
  const network = chain(JSON.parse(metadata.layers), tensor);
  return (z) => {
    const x_logits = network(Float64Array.from(z));
    return new Uint8Array(x_logits.map((logit) => Math.round(255 / (1 + Math.exp(-logit)))));
  };
}

// Layers: functions from one vector to the next

const kinds = { linear, norm, silu: () => silu(), residual };

function chain(layers, tensor) {
  const steps = layers.map(([kind, ...details]) => kinds[kind](tensor, ...details));
  return (x) => steps.reduce((value, step) => step(value), x);
}

// y = W x + b
function linear(tensor, name) {
  const { shape: [outputs, inputs], values } = tensor(`${name}.weight`);
  const { values: bias } = tensor(`${name}.bias`);
  const weight = interleaved(values, outputs, inputs);
  const y = new Float64Array(outputs + (-outputs & 3));
  return (x) => {
    multiply(weight, x, y, inputs);
    for (let i = 0; i < outputs; i++) y[i] += bias[i];
    return y.subarray(0, outputs);
  };
}

// The rows of a matrix four by four, column by column: the order in which `multiply` reads them.
// Rows beyond the last are zero.
function interleaved(values, rows, columns) {
  const weight = new Float64Array((rows + (-rows & 3)) * columns);
  for (let row = 0; row < rows; row++) {
    const start = (row - (row & 3)) * columns + (row & 3);
    for (let i = 0; i < columns; i++) weight[start + 4 * i] = values[row * columns + i];
  }
  return weight;
}

// y = W x. Four sums at once, because each addition waits for the one before it in its sum.
function multiply(weight, x, y, columns) {
  let at = 0;
  for (let row = 0; row < y.length; row += 4) {
    let a = 0, b = 0, c = 0, d = 0;
    for (let i = 0; i < columns; i++, at += 4) {
      const value = x[i];
      a += weight[at] * value;
      b += weight[at + 1] * value;
      c += weight[at + 2] * value;
      d += weight[at + 3] * value;
    }
    y[row] = a;
    y[row + 1] = b;
    y[row + 2] = c;
    y[row + 3] = d;
  }
}

// Layer normalisation: (x - mean) / sqrt(variance + eps), scaled and shifted
function norm(tensor, name, eps) {
  const { values: scale } = tensor(`${name}.weight`);
  const { values: shift } = tensor(`${name}.bias`);
  const y = new Float64Array(scale.length);
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
  let y = new Float64Array(0);
  return (x) => {
    if (y.length !== x.length) y = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) y[i] = x[i] / (1 + Math.exp(-x[i]));
    return y;
  };
}

// x + f(x)
function residual(tensor, layers) {
  const inner = chain(layers, tensor);
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
  const numbers = Float64Array.from({ length: 2 ** 16 }, (_, bits) => fromHalf(bits));
  const tensor = (name) => {
    const { shape, data_offsets: [start, end] } = entries[name];
    const halves = new DataView(file, 8 + length + start, end - start);
    const values = new Float64Array(halves.byteLength / 2);
    for (let i = 0; i < values.length; i++) values[i] = numbers[halves.getUint16(2 * i, true)];
    return { shape, values };
  };
  return { metadata, tensor };
}

// The number whose IEEE 754 half-precision bits these are (weights are finite).
function fromHalf(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}
