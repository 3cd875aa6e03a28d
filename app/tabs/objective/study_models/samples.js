// Samples of the study's models as grids. With one seed all models decode the same codes.
import { call, latestOnly, unpack } from "../../../frontend/js/rpc.js";
import { tileGrid } from "../../../components/tile_grid/tile_grid.js";

const COUNT = 36;

const samples = new Map(); // model -> promise of samples with `currentSeed`
let currentSeed = null;

// Resolves to samples (store.js) of a model with a seed, requested once per page.
export function samplesOf({ model, seed }) {
  if (seed !== currentSeed) samples.clear();
  currentSeed = seed;
  if (!samples.has(model)) {
    const promise = call("sample", { model, count: COUNT, temperature: 1, seed });
    samples.set(model, promise.then(({ z, images }) => ({ model, z, images: unpack(images) })));
    promise.catch(() => samples.delete(model));
  }
  return samples.get(model);
}

// Keeps the grid in `host` (tile_grid) and the store's samples up to date with its model and seed.
export function followSamples(host, study) {
  const grid = tileGrid(host, COUNT);
  const show = latestOnly(samplesOf, (result) => {
    grid.show(result);
    study.set({ samples: result });
  }, { isWanted: ({ model, seed }) => model === study.get("model") && seed === study.get("seed") });
  study.on(["model", "seed"], ({ model, seed }) => show({ model, seed }));
}
