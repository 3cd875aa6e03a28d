// Numbers in half precision (IEEE 754, little-endian), which JavaScript does not read by itself.

let numbers = null; // every one of them, by its bits

// The numbers in `count` bytes of an ArrayBuffer from `start` on.
export function fromHalves(buffer, start = 0, count = buffer.byteLength) {
  numbers ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => fromHalf(bits));
  const halves = new DataView(buffer, start, count);
  const values = new Float32Array(count / 2);
  for (let i = 0; i < values.length; i++) values[i] = numbers[halves.getUint16(2 * i, true)];
  return values;
}

// The number whose IEEE 754 half-precision bits these are (weights are finite).
function fromHalf(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}
