// The data of a model's map (`map_payload` of __init__.py), shared by all maps of the page with Plotly.
import { readFloat16 } from "../../frontend/js/float16.js";
import { call, unpack } from "../../frontend/js/rpc.js";

const fetched = new Map(); // model -> promise of its figure, which is constant

// Resolves to the figure, as JSON, and the region of a model's map, requested once per page.
export function fetchMap(model) {
  if (!fetched.has(model)) {
    const answer = call("latent_map", { model });
    fetched.set(model, answer);
    answer.catch(() => fetched.delete(model)); // requested again when it is needed
  }
  return fetched.get(model);
}

// Resolves to the content of a map without Plotly (`points_payload` of __init__.py): the points
// [x, y, x, y, ...], the class of each, the classes [{name, home, color}], the prior's radii, half the side
// of the view, and the region.
export async function fetchPoints(model) {
  const { points, classes, ...rest } = await call("map_points", { model });
  const labels = classes.flatMap(({ count }, label) => Array.from({ length: count }, () => label));
  return { points: readFloat16(unpack(points).buffer), labels, classes, ...rest };
}

// Returns a function from a point of the plane to whether it is in the region with test codes, the
// highest-density region of q(z); always true if `region` is null.
export function dataRegion(region) {
  if (region === null) return () => true;
  const { extent, cells } = region;
  const bits = unpack(region.bits);
  const rowBytes = Math.ceil(cells / 8);
  return (point) => {
    const [column, row] = point.map((value) => Math.floor(((value + extent) / (2 * extent)) * cells));
    if (!(row >= 0 && row < cells && column >= 0 && column < cells)) return false;
    return (bits[row * rowBytes + (column >> 3)] & (0x80 >> (column & 7))) !== 0;
  };
}
