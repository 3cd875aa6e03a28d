// Matrix times vector for a network that runs in the page. JavaScript checks the bounds of every
// number that it reads and computes with one at a time; WebAssembly does neither, which makes the
// product several times faster. Its one function is assembled right here, so there is nothing to
// build and no binary to trust:
//
//   do {                                       // for each row
//     sum = [0, 0, 0, 0]; at = x;
//     do {
//       sum += f32x4[weight] * f32x4[at];
//       weight += 16; at += 16;
//     } while (at < xEnd);
//     f32[y] = sum[0] + sum[1] + sum[2] + sum[3];
//     y += 4;
//   } while (y < yEnd);

const LANES = 4; // numbers in a vector of 16 bytes
const PAGE = 65_536; // bytes; the memory's unit

// Matrices in one memory that holds `numbers` of them in all, padding and vectors included.
export function createMatrices(numbers) {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * numbers) / PAGE) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()), { m: { m: memory } });
  let used = 0;
  const take = (count) => {
    const found = new Float32Array(memory.buffer, 4 * used, count);
    used += padded(count);
    return found;
  };
  const end = (found) => found.byteOffset + found.byteLength;

  // A function from x to W x, for the matrix with these values, row by row. What it returns is
  // overwritten by its next call.
  function matrix(values, rows, columns) {
    const weight = take(rows * padded(columns));
    for (let row = 0; row < rows; row++) {
      weight.set(values.subarray(row * columns, (row + 1) * columns), row * padded(columns));
    }
    const x = take(padded(columns)); // zero beyond the last column, as the weight is
    const y = take(rows);
    return (vector) => {
      x.set(vector);
      exports.multiply(weight.byteOffset, x.byteOffset, end(x), y.byteOffset, end(y));
      return y;
    };
  }
  return { matrix };
}

// How many numbers a matrix takes in the memory.
export const matrixSize = (rows, columns) =>
  rows * padded(columns) + padded(columns) + padded(rows);

const padded = (count) => LANES * Math.ceil(count / LANES);

// The module, in WebAssembly's binary format

const [I32, V128, NOTHING] = [0x7f, 0x7b, 0x40];
const [WEIGHT, X, X_END, Y, Y_END, AT, SUM] = [0, 1, 2, 3, 4, 5, 6]; // parameters, then locals

const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const loopWhile = (...body) => [0x03, NOTHING, ...body.flat(), 0x0d, 0, 0x0b]; // br_if, end
const addTo = (local, bytes) => [...get(local), 0x41, bytes, 0x6a, ...set(local)]; // const, i32.add
const less = (a, b) => [...get(a), ...get(b), 0x49]; // i32.lt_u
const load = (local) => [...get(local), 0xfd, 0x00, 4, 0]; // v128.load, aligned to 2^4
const lane = (i) => [...get(SUM), 0xfd, 0x1f, i]; // f32x4.extract_lane
const ZEROS = [0x43, 0, 0, 0, 0, 0xfd, 0x13]; // f32.const 0, f32x4.splat
const VECTOR_MULTIPLY = [0xfd, 0xe6, 0x01];
const VECTOR_ADD = [0xfd, 0xe4, 0x01];
const ADD = [0x92]; // f32.add
const STORE = [0x38, 2, 0]; // f32.store, aligned to 2^2

function assemble() {
  const row = loopWhile(
    ZEROS, set(SUM), get(X), set(AT),
    loopWhile(
      get(SUM), load(WEIGHT), load(AT), VECTOR_MULTIPLY, VECTOR_ADD, set(SUM),
      addTo(WEIGHT, 16), addTo(AT, 16), less(AT, X_END),
    ),
    get(Y), lane(0), lane(1), ADD, lane(2), lane(3), ADD, ADD, STORE,
    addTo(Y, 4), less(Y, Y_END),
  );
  const locals = [2, 1, I32, 1, V128]; // AT, SUM
  const body = [...locals, ...row, 0x0b];
  return new Uint8Array([
    ...text("\0asm"), 1, 0, 0, 0,
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]), // a type: five addresses, no result
    ...section(2, [1, 1, ...text("m"), 1, ...text("m"), 2, 0, 1]), // import the memory
    ...section(3, [1, 0]), // one function, of that type
    ...section(7, [1, 8, ...text("multiply"), 0, 0]), // export it
    ...section(10, [1, ...size(body.length), ...body]),
  ]);
}

const text = (letters) => [...letters].map((letter) => letter.charCodeAt(0));
const section = (kind, content) => [kind, ...size(content.length), ...content];
const size = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...size(value >> 7)]); // LEB128
