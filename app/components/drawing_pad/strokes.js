// A drawing as vectors: a list of strokes {points: [[x, y], ...], width}, both in units of the pad's
// side. One function draws it at every size, so the visitor sees the drawing that is sent.

export const UNITS = 1000; // of a position, per side of the pad

// Draws `strokes` in white on black over the whole of a square canvas.
export function drawStrokes(context, strokes) {
  const side = context.canvas.width;
  context.fillStyle = "#000";
  context.fillRect(0, 0, side, side);
  context.strokeStyle = "#fff";
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const { points, width } of strokes) {
    context.lineWidth = width * side;
    context.stroke(curve(points, side));
  }
}

// Returns a stroke as one path: separate segments would be darker where their soft edges overlap.
// The curve goes through the midpoints between points, with the points as its control points.
function curve(points, side) {
  const path = new Path2D();
  const [first, ...rest] = points;
  path.moveTo(first[0] * side, first[1] * side);
  rest.forEach(([x, y], i) => {
    const [nextX, nextY] = rest[i + 1] ?? [x, y];
    path.quadraticCurveTo(x * side, y * side, (x + nextX) / 2 * side, (y + nextY) / 2 * side);
  });
  // A dot is two round caps, but browsers do not draw a line of length 0.
  if (rest.length === 0) path.lineTo(first[0] * side + 0.01, first[1] * side);
  return path;
}

// Returns the drawing as side * side gray bytes. A canvas weights the pixels of an edge by the covered
// area, as shrinking a large drawing would, and a small canvas is faster to read.
export function rasterize(strokes, side) {
  if (scratch.canvas.width !== side) scratch.canvas.width = scratch.canvas.height = side;
  drawStrokes(scratch, strokes);
  const { data } = scratch.getImageData(0, 0, side, side);
  const gray = new Uint8Array(side * side);
  for (let i = 0; i < gray.length; i++) gray[i] = data[4 * i];
  return gray;
}

const scratch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
