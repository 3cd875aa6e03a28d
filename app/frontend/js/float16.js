// Returns the half-precision numbers in `bytes` bytes of an ArrayBuffer from `start` on as float32.
export function readFloat16(buffer, start = 0, bytes = buffer.byteLength - start) {
  if (globalThis.Float16Array) return new Float32Array(new Float16Array(buffer, start, bytes / 2));
  return new Float32Array(new Uint16Array(buffer, start, bytes / 2)).map(fromBits);
}

// For browsers older than 2025: finite numbers by their IEEE 754 bits.
function fromBits(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}
