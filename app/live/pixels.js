// Grey images as bytes: onto a canvas, and out of one.

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

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
  for (let i = 0; i < bytes.length; i++) {
    picture.data.fill(bytes[i], 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

// The i-th image of a batch of bytes.
export const nth = (bytes, i) => bytes.subarray(i * PIXELS, (i + 1) * PIXELS);
