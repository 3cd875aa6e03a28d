// Points of a scatter plot, drawn on a canvas because thousands may move in a frame.

const DOT = 1.6; // half the side of a point, in CSS pixels

// Draws points [x, y, x, y, ...] in the colors of their labels on a square canvas that shows
// [-half, half]^2. Does nothing while the canvas is hidden.
export function drawPoints(canvas, { points, labels, colors, half, dot = DOT }) {
  const side = canvas.clientWidth;
  if (side === 0) return;
  const ratio = window.devicePixelRatio;
  canvas.width = canvas.height = Math.round(side * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  labels.forEach((label, i) => {
    const [x, y] = [points[2 * i] / half, points[2 * i + 1] / half];
    context.fillStyle = colors[label];
    context.fillRect((x + 1) * side / 2 - dot, (1 - y) * side / 2 - dot, 2 * dot, 2 * dot);
  });
}
