// The panel λ: a slider through models with different weights of the KL term. The map, the samples, the
// reconstructions and the point on the rate-distortion curve follow it.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { decoderOf } from "../../../frontend/js/networks/decoder.js";
import { bindSlider } from "../../../components/controls/controls.js";
import { fetchModelInfo, encodeSource } from "../../../frontend/js/encodings.js";
import { fixed } from "../../../frontend/js/format.js";
import { mountMap } from "../../../components/latent_map/latent_map.js";
import { fetchMap } from "../../../components/latent_map/map_data.js";
import { drawCurve } from "./curve.js";
import { exampleEncodings, followReconstructions } from "../study_models/reconstructions.js";
import { bindResample } from "../../../components/sampling/resample.js";
import { followSamples, samplesOf } from "../study_models/samples.js";
import { createStudyStore } from "../study_models/study_store.js";
import { store as page } from "../../../frontend/js/store.js";

const PRELOAD_MS = 250;

export function mount(body, { sweep, models, examples, plotly }, root) {
  const find = (selector) => body.querySelector(selector);
  const indexOf = (weight) => sweep.findIndex((one) => one.weight === weight);
  const study = createStudyStore(body, models, sweep[indexOf(1)].model);
  const at = () => sweep.findIndex(({ model }) => model === study.get("model"));
  const choose = (index) => page.set({ weight: sweep[index].weight });
  page.on(["weight"], ({ weight }) => {
    if (indexOf(weight) >= 0) study.set({ model: sweep[indexOf(weight)].model });
  });

  const slider = bindSlider(find(".weights"), choose, (index) => `λ = ${sweep[index].weight}`);
  mountMap(find(".live-latent-map"), study, root + plotly);
  followSamples(find(".tile-grid"), study);
  bindResample(find("[data-action=roll]"));
  followReconstructions(find(".reconstructions"), study, examples);
  const mark = drawCurve(find(".curve"), sweep, choose);
  study.on(["model"], () => {
    slider.show(at());
    mark(at());
    find("[data-text=terms]").textContent = terms(sweep[at()]);
  });

  // Preloads the data of the neighboring models after the data of the current one. Errors are ignored:
  // failed requests are repeated when the data are needed.
  const load = (model) => Promise.allSettled([
    fetchModelInfo({ model }).then(decoderOf), fetchMap(model), exampleEncodings(model, examples),
    samplesOf({ model, seed: study.get("seed") }),
    study.get("source") && encodeSource(study.get("source"), model, study),
  ]);
  const preload = debounceVisible(body, async () => {
    const neighbors = [sweep[at() - 1], sweep[at() + 1]].filter(Boolean);
    await load(study.get("model"));
    for (const { model } of neighbors) await load(model);
  }, PRELOAD_MS);
  study.on(["model", "seed", "source"], preload);
}

const terms = ({ weight, kl, reconstruction }) => `λ = ${weight}: reconstruction ${fixed(reconstruction, 1)} `
  + `+ KL ${fixed(kl, 2)} = −ELBO ${fixed(reconstruction + kl, 1)} nats per test image`;
