// The layers of the map that are off at first, and the pictures that the grid layer is made of.
import { lift } from "./geometry.js";
import { nth, PIXELS, SIDE } from "../../frontend/js/pixels.js";
import { latestOnly } from "../../frontend/js/rpc.js";

const TILES = 20; // per side: 400 codes, the most that one request may ask for
const REACH = 3; // the grid covers [-3, 3] in both axes
const FAINT = 80; // alpha of a tile off the data

// Joins the checkboxes in `menu`, which may lack some. `changed()` is called when one is switched; `get.grid`,
// `get.density`, `get.samples` and `get.path` say whether it is on.
export function createLayers(menu, changed) {
  const boxes = new Map(
    [...menu.querySelectorAll("[data-layer]")].map((box) => [box.dataset.layer, box]),
  );
  for (const box of boxes.values()) box.addEventListener("change", changed);
  return {
    on: (name) => Boolean(boxes.get(name)?.checked && !boxes.get(name).disabled),
    // A layer that has nothing to show cannot be switched on, and says why.
    offer(name, present) {
      const box = boxes.get(name);
      if (!box) return;
      box.disabled = !present;
      box.parentElement.querySelector("small").hidden = present;
    },
  };
}

// Keeps the grid of decoded images under the points of `plot`: call the result with
// {decodeAt, plane, z, supported} whenever one of them changes, or with null to take the grid away.
// Where `supported(point)` is false no digit is encoded, and the tile is faint.
export function createGrid(plot) {
  let wanted = null;
  const draw = latestOnly(
    ({ decodeAt, plane, z }) => decodeAt(centers().map((point) => lift(plane, point, z))),
    (bytes, asked) => plot.picture(tiled(bytes, centers().map(asked.supported)), REACH),
    { isWanted: (asked) => asked === wanted },
  );
  return (ask) => {
    if (same(ask, wanted)) return;
    wanted = ask;
    if (ask === null) plot.picture(null);
    else draw(ask);
  };
}

// In a plane of two coordinates the digit's own z changes nothing, so nothing is asked again.
function same(a, b) {
  if (a === null || b === null) return a === b;
  const fixed = a.z.length <= 2 || a.z.every((value, i) => value === b.z[i]);
  return a.decodeAt === b.decodeAt && a.plane === b.plane && fixed;
}

// The tiles' centers, row by row from the top left.
function centers() {
  const place = (i) => -REACH + ((i + 0.5) * 2 * REACH) / TILES;
  return Array.from({ length: TILES * TILES }, (_, i) =>
    [place(i % TILES), -place(Math.floor(i / TILES))]);
}

// One PNG of all tiles, as a data URL; those that are not `solid` are faint.
function tiled(bytes, solid) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = TILES * SIDE;
  const context = canvas.getContext("2d");
  const tile = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < TILES * TILES; i++) {
    const gray = nth(bytes, i);
    for (let k = 0; k < PIXELS; k++) {
      tile.data.fill(gray[k], 4 * k, 4 * k + 3);
      tile.data[4 * k + 3] = solid[i] ? 255 : FAINT;
    }
    context.putImageData(tile, (i % TILES) * SIDE, Math.floor(i / TILES) * SIDE);
  }
  return canvas.toDataURL();
}
