// Geometry of the map: a plane through the origin of latent space with two orthonormal axes P (2 x Z,
// `about.plane`). Pure functions of numbers.

// Projects a code onto the plane: P z.
export const project = (plane, z) =>
  plane.map((axis) => axis.reduce((sum, component, i) => sum + component * z[i], 0));

// Returns the code with the projection `point` and the other coordinates of `z`: z + P'(point - P z).
export function lift(plane, point, z) {
  const projected = project(plane, z);
  const [along, across] = [point[0] - projected[0], point[1] - projected[1]];
  return z.map((value, i) => value + plane[0][i] * along + plane[1][i] * across);
}

// Returns the pixel position of a point of the plane, for axes in the rectangle {left, top, width,
// height} with the ranges {x, y}.
export const toPixels = ({ left, top, width, height, x, y }, point) => [
  left + ((point[0] - x[0]) / (x[1] - x[0])) * width,
  top + ((y[1] - point[1]) / (y[1] - y[0])) * height,
];

// Returns the 1-sigma ellipse of N(mu, diag(std^2)) on the plane, with the covariance P diag(std^2) P':
// its two semi-axes, and the angle between the first and the x axis.
export function ellipse(plane, std) {
  const [u, v] = plane;
  const weigh = (a, b) => std.reduce((sum, s, i) => sum + a[i] * b[i] * s * s, 0);
  const [xx, xy, yy] = [weigh(u, u), weigh(u, v), weigh(v, v)];
  const middle = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  return {
    semi: [Math.sqrt(middle + spread), Math.sqrt(Math.max(0, middle - spread))],
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
  };
}
