// Samples of the study's models as grids: of one seed the same codes for every model.
import { call, latestOnly, unpack } from "../../frontend/js/rpc.js";
import { tileGrid } from "../../components/tile_grid/tile_grid.js";

const COUNT = 36;

const drawn = new Map(); // model -> a promise of samples, all of one seed
let seedOfAll = null;

// The store's `samples` (store.js) of a model at a seed, asked once for the whole page.
export function samplesOf({ model, seed }) {
  if (seed !== seedOfAll) drawn.clear();
  seedOfAll = seed;
  if (!drawn.has(model)) {
    const asked = call("sample", { model, count: COUNT, temperature: 1, seed });
    drawn.set(model, asked.then(({ z, images }) => ({ model, z, images: unpack(images) })));
    asked.catch(() => drawn.delete(model));
  }
  return drawn.get(model);
}

// Keeps the grid in `host` (tile_grid.py) and the store's samples those of its model and seed.
export function followSamples(host, study) {
  const grid = tileGrid(host);
  const show = latestOnly(samplesOf, (samples) => {
    grid.show(samples);
    study.set({ samples });
  }, { isWanted: ({ model, seed }) => model === study.get("model") && seed === study.get("seed") });
  study.on(["model", "seed"], ({ model, seed }) => show({ model, seed }));
}
