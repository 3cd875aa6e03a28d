// The optional layers of the map, and the grid of decoded images.
import { lift } from "./geometry.js";
import { nth, PIXELS, SIDE } from "../../frontend/js/pixels.js";
import { latestOnly } from "../../frontend/js/rpc.js";

const TILES = 20; // per side: 400 codes, the limit of one request
const GRID_EXTENT = 3; // the grid covers [-3, 3] in both axes
const FAINT = 80; // alpha of a tile outside the region with test codes

// Binds the checkboxes in `menu`, which may have a subset of the layers, to the store's layers. Returns
// {on(name), offer(name, present)}.
export function createLayers(menu, store) {
  const boxes = new Map(
    [...menu.querySelectorAll("[data-layer]")].map((box) => [box.dataset.layer, box]),
  );
  const checked = () => [...boxes].filter(([, box]) => box.checked).map(([name]) => name);
  for (const box of boxes.values()) box.addEventListener("change", () => store.set({ layers: checked() }));
  store.on(["layers"], ({ layers }) => {
    for (const [name, box] of boxes) box.checked = layers.includes(name);
  });
  return {
    on: (name) => Boolean(boxes.get(name)?.checked && !boxes.get(name).disabled),
    // Disables the checkbox of a layer without content and shows why.
    offer(name, present) {
      const box = boxes.get(name);
      if (!box) return;
      box.disabled = !present;
      box.parentElement.querySelector("small").hidden = present;
    },
  };
}

// Returns a function that updates the grid of decoded images below the points of `plot`. Call it with
// {decodeAt, projection, z, inRegion} when one of them changes, or with null to remove the grid. Tiles where
// `inRegion(point)` is false are faint.
export function createGrid(plot) {
  let wanted = null;
  const draw = latestOnly(
    ({ decodeAt, projection, z }) => decodeAt(centers().map((point) => lift(projection, point, z))),
    (bytes, request) => plot.setImage(tiled(bytes, centers().map(request.inRegion)), GRID_EXTENT),
    { isWanted: (request) => request === wanted },
  );
  return (request) => {
    if (same(request, wanted)) return;
    wanted = request;
    if (request === null) plot.setImage(null);
    else draw(request);
  };
}

// With two latent dimensions the grid does not depend on z.
function same(a, b) {
  if (a === null || b === null) return a === b;
  const fixed = a.z.length <= 2 || a.z.every((value, i) => value === b.z[i]);
  return a.decodeAt === b.decodeAt && a.projection === b.projection && fixed;
}

// Returns the tiles' centers, row by row from the top left.
function centers() {
  const position = (i) => -GRID_EXTENT + ((i + 0.5) * 2 * GRID_EXTENT) / TILES;
  return Array.from({ length: TILES * TILES }, (_, i) =>
    [position(i % TILES), -position(Math.floor(i / TILES))]);
}

// Returns one PNG of all tiles as a data URL; tiles that are not `solid` are faint.
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
