// A drawing as vectors: a list of strokes {points: [[x, y], ...], width}, both in units of the pad's
// side. One function draws it at every size, so what is seen and what is sent are the same drawing.

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

// One path a stroke: drawn piece by piece, the soft edges of the joints would add up to beads.
// The curve runs through the middles between points, with the points as its handles.
function curve(points, side) {
  const path = new Path2D();
  const [first, ...rest] = points;
  path.moveTo(first[0] * side, first[1] * side);
  rest.forEach(([x, y], i) => {
    const [nextX, nextY] = rest[i + 1] ?? [x, y];
    path.quadraticCurveTo(x * side, y * side, (x + nextX) / 2 * side, (y + nextY) / 2 * side);
  });
  // A dot is two round caps, but a line of no length at all would not be drawn.
  if (rest.length === 0) path.lineTo(first[0] * side + 0.01, first[1] * side);
  return path;
}

// The drawing as side * side grey bytes. The canvas smooths edges by the area they cover, so this is
// what shrinking a large drawing would give, without reading a large canvas back at every frame.
export function rasterize(strokes, side) {
  if (scratch.canvas.width !== side) scratch.canvas.width = scratch.canvas.height = side;
  drawStrokes(scratch, strokes);
  const { data } = scratch.getImageData(0, 0, side, side);
  const grey = new Uint8Array(side * side);
  for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i];
  return grey;
}

const scratch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
