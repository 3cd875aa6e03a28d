// The data of a model's map (`map_payload` of __init__.py), shared by all maps of the page.
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

// Returns what a map without Plotly draws of a figure (figure.py): the points [x, y, x, y, ...], the
// class of each, the classes [{name, home, color}], the prior's radii, and half the side of the view.
export function readFigure(json) {
  const { data, layout } = JSON.parse(json);
  const clouds = data.filter(({ meta }) => meta?.class !== undefined);
  const points = [];
  const labels = [];
  clouds.forEach(({ x, y }, label) => {
    const [across, up] = [x, y].map(({ bdata }) => new Float32Array(unpack(bdata).buffer));
    across.forEach((value, i) => {
      points.push(value, up[i]);
      labels.push(label);
    });
  });
  return {
    points,
    labels,
    classes: clouds.map(({ meta, marker }) => ({ name: meta.class, home: meta.home, color: marker.color })),
    radii: layout.shapes.map(({ x1 }) => x1),
    half: layout.xaxis.range[1],
  };
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
