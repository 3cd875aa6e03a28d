// Gray images as bytes: drawing on a canvas, and slices of a batch.

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const BLANK = new Uint8Array(PIXELS);

// Draws a square image, 784 bytes or more, on `canvas` at its native size; CSS scales it
// (image-rendering: pixelated).
export function paint(canvas, bytes) {
  const side = Math.sqrt(bytes.length);
  if (canvas.width !== side || canvas.height !== side) { // assigning clears the canvas
    canvas.width = side;
    canvas.height = side;
  }
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  const abgr = new Uint32Array(image.data.buffer); // alpha, blue, green, red on little-endian CPUs
  for (let i = 0; i < bytes.length; i++) abgr[i] = 0xff000000 | (bytes[i] * 0x010101);
  context.putImageData(image, 0, 0);
}

// Draws a batch as one grid of 28x28 tiles, row by row, without gaps; missing tiles at the end are black.
export function paintGrid(canvas, images, count, columns) {
  const rows = Math.ceil(count / columns);
  const width = columns * SIDE;
  canvas.width = width;
  canvas.height = rows * SIDE;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const abgr = new Uint32Array(image.data.buffer).fill(0xff000000);
  for (let i = 0; i < count * PIXELS; i++) {
    const [tile, at] = [Math.floor(i / PIXELS), i % PIXELS];
    const x = (tile % columns) * SIDE + (at % SIDE);
    const y = Math.floor(tile / columns) * SIDE + Math.floor(at / SIDE);
    abgr[y * width + x] = 0xff000000 | (images[i] * 0x010101);
  }
  context.putImageData(image, 0, 0);
}

// The i-th image of a batch of bytes.
export const nth = (bytes, i) => bytes.subarray(i * PIXELS, (i + 1) * PIXELS);
