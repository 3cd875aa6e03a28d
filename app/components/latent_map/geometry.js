// Geometry of the map: a plane through the origin of latent space with two orthonormal axes P (2 x Z,
// `about.projection`). Pure functions of numbers.

// Offsets of a label from its home, in pixels, nearest first.
const OFFSETS = [[0, 0], ...Array.from({ length: 20 }, (_, ring) => 4 * (ring + 1)).flatMap((far) =>
  Array.from({ length: 16 }, (_, turn) => [Math.cos, Math.sin].map((f) => far * f((turn * Math.PI) / 8))))];
const ROUNDING = 1e-9; // pixels; two distances that differ by less are equal
const ATTEMPTS = 5; // four suffice for ten digits on a map of 160 px

// Projects a code onto the plane: P z.
export const project = (projection, z) =>
  projection.map((axis) => axis.reduce((sum, component, i) => sum + component * z[i], 0));

// Returns the code with the projection `point` and the other coordinates of `z`: z + P'(point - P z).
export function lift(projection, point, z) {
  const projected = project(projection, z);
  const [along, across] = [point[0] - projected[0], point[1] - projected[1]];
  return z.map((value, i) => value + projection[0][i] * along + projection[1][i] * across);
}

// Returns the pixel position of a point of the plane, for axes in the rectangle {left, top, width,
// height} with the ranges {x, y}.
export const toPixels = ({ left, top, width, height, x, y }, point) => [
  left + ((point[0] - x[0]) / (x[1] - x[0])) * width,
  top + ((y[1] - point[1]) / (y[1] - y[0])) * height,
];

// Returns the 1-sigma ellipse of N(mu, diag(std^2)) on the plane, with the covariance P diag(std^2) P':
// its two semi-axes, and the angle between the first and the x axis.
export function ellipse(projection, std) {
  const [u, v] = projection;
  const weigh = (a, b) => std.reduce((sum, s, i) => sum + a[i] * b[i] * s * s, 0);
  const [xx, xy, yy] = [weigh(u, u), weigh(u, v), weigh(v, v)];
  const middle = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  return {
    semi: [Math.sqrt(middle + spread), Math.sqrt(Math.max(0, middle - spread))],
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
  };
}

// Returns the rectangle of a size around a point.
export const boxAt = ([x, y], [width, height]) => ({ x, y, width, height });

// Returns the position of a label for each home, all in pixels: the home, or the nearest point that is not
// nearer to another home, such that boxes of the given sizes overlap neither each other nor those in `taken`.
// A label without a free position is placed first in the next attempt. After the last attempt a label may be
// nearer to another home, and its position is null if there is no free position at the OFFSETS.
export function placeLabels(homes, sizes, taken) {
  const isOwn = (at, i) => homes.every((home) => distance(at, homes[i]) <= distance(at, home) + ROUNDING);

  // Places the labels in an order, each at its nearest point that is free and allowed.
  function place(order, positions, isAllowed) {
    const boxes = positions.flatMap((at, i) => (at ? [boxAt(at, sizes[i])] : []));
    for (const i of order) {
      const isFree = (box) => ![...taken, ...boxes].some((other) => overlap(box, other));
      const points = OFFSETS.map(([dx, dy]) => [homes[i][0] + dx, homes[i][1] + dy]);
      positions[i] = points.find((at) => isAllowed(at, i) && isFree(boxAt(at, sizes[i]))) ?? null;
      if (positions[i]) boxes.push(boxAt(positions[i], sizes[i]));
    }
    return positions;
  }

  let order = homes.map((_, i) => i);
  let best = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const positions = place(order, order.map(() => null), isOwn);
    if (placed(positions) > placed(best)) best = positions;
    const missing = order.find((i) => positions[i] === null);
    if (missing === undefined) return best;
    order = [missing, ...order.filter((i) => i !== missing)];
  }
  return place(order.filter((i) => !best[i]), best, () => true);
}

const placed = (positions) => positions.filter((at) => at !== null).length;
const distance = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);
const overlap = (one, other) =>
  Math.abs(one.x - other.x) < (one.width + other.width) / 2
  && Math.abs(one.y - other.y) < (one.height + other.height) / 2;
