// Returns the half-precision numbers in `bytes` bytes of an ArrayBuffer, starting at `start`, as float32.
export function readFloat16(buffer, start = 0, bytes = buffer.byteLength - start) {
  if (globalThis.Float16Array) return new Float32Array(new Float16Array(buffer, start, bytes / 2));
  return new Float32Array(new Uint16Array(buffer, start, bytes / 2)).map(fromBits);
}

// For browsers without Float16Array (before 2025): decodes the IEEE 754 bits of a finite number.
function fromBits(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}
