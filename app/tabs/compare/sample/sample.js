// Samples of each model with one seed.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { createQuery, forEachModel, showOnly } from "../models.js";
import { bindChoice, bindStored } from "../../../components/controls/controls.js";
import { paintGrid } from "../../../frontend/js/pixels.js";
import { bindResample } from "../../../components/sampling/resample.js";
import { unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const SIDE = 5; // images per side

export function mount(body) {
  const prior = bindStored(bindChoice, body.querySelector("[data-field=prior]"), "sample_prior");
  const seed = body.querySelector("[data-text=seed]");
  const query = createQuery("compare_sample", (answer, request) => {
    seed.textContent = request.seed;
    showOnly(body, "prior", request.prior);
    forEachModel(body, answer, (column, { images }) => {
      paintGrid(column.querySelector("canvas"), unpack(images), request.count, SIDE);
    });
  });
  function request() {
    query({ prior: prior.value, count: SIDE * SIDE, seed: store.get("seed") });
  }
  bindResample(body.querySelector("[data-action=roll]"));
  store.on(["compared", "seed", "sample_prior"], debounceVisible(body, request, 0));
}
