// Grey images as bytes: onto a canvas, and out of one.

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const BLANK = new Uint8Array(PIXELS);

// Draws a square picture, 784 bytes or more, onto `canvas` at its own size; CSS (image-rendering:
// pixelated) scales it.
export function paint(canvas, bytes) {
  const side = Math.sqrt(bytes.length);
  if (canvas.width !== side || canvas.height !== side) { // setting them clears and reallocates
    canvas.width = side;
    canvas.height = side;
  }
  const context = canvas.getContext("2d");
  const picture = context.createImageData(side, side);
  const colours = new Uint32Array(picture.data.buffer); // alpha, blue, green, red
  for (let i = 0; i < bytes.length; i++) colours[i] = 0xff000000 | (bytes[i] * 0x010101);
  context.putImageData(picture, 0, 0);
}

// Draws a batch as one grid, row by row, 28 pixels a tile, without gaps; tiles missing at the end are black.
export function paintGrid(canvas, images, count, columns) {
  const rows = Math.ceil(count / columns);
  const width = columns * SIDE;
  canvas.width = width;
  canvas.height = rows * SIDE;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  const rgba = new Uint32Array(picture.data.buffer).fill(0xff000000);
  for (let i = 0; i < count * PIXELS; i++) {
    const [tile, at] = [Math.floor(i / PIXELS), i % PIXELS];
    const x = (tile % columns) * SIDE + (at % SIDE);
    const y = Math.floor(tile / columns) * SIDE + Math.floor(at / SIDE);
    rgba[y * width + x] = 0xff000000 | (images[i] * 0x010101);
  }
  context.putImageData(picture, 0, 0);
}

// The i-th image of a batch of bytes.
export const nth = (bytes, i) => bytes.subarray(i * PIXELS, (i + 1) * PIXELS);
