// The panel λ: a slider through the models that were trained with it, and what follows: the map, the
// samples, the reconstructions and the place on the curve of rate and distortion.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { decoderOf } from "../../../frontend/js/decoder.js";
import { bindSlider } from "../../../components/controls/controls.js";
import { fetchModelInfo, encodeSource } from "../../../frontend/js/encodings.js";
import { fixed } from "../../../frontend/js/format.js";
import { fetchMap, mountMap } from "../../../components/latent_map/latent_map.js";
import { drawCurve } from "./curve.js";
import { followReconstructions, readyOf } from "../reconstructions.js";
import { bindResample } from "../../../components/sampling/resample.js";
import { followSamples, samplesOf } from "../samples.js";
import { createStudyStore } from "../study_store.js";

const PRELOAD_MS = 250;

export function mount(body, { sweep, models, digits, plotly }, root) {
  const find = (selector) => body.querySelector(selector);
  const first = sweep.findIndex(({ weight }) => weight === 1);
  const study = createStudyStore(body, models, sweep[first].model);
  const at = () => sweep.findIndex(({ model }) => model === study.get("model"));
  const choose = (index) => study.set({ model: sweep[index].model });

  const slider = bindSlider(find(".weights"), choose, (index) => `λ = ${sweep[index].weight}`);
  mountMap(find(".live-latent-map"), study, root + plotly);
  followSamples(find(".tile-grid"), study);
  bindResample(find("[data-action=roll]"));
  followReconstructions(find(".reconstructions"), study, digits);
  const mark = drawCurve(find(".curve"), sweep, choose);
  study.on(["model"], () => {
    slider.show(at());
    mark(at());
    find("[data-text=terms]").textContent = terms(sweep[at()]);
  });

  // What a step of the slider will need is there before the step, but after what is needed now.
  // What fails here is asked for again when it is needed, and then told of.
  const needs = (model) => Promise.allSettled([
    fetchModelInfo({ model }).then(decoderOf), fetchMap(model), readyOf(model, digits),
    samplesOf({ model, seed: study.get("seed") }),
    study.get("source") && encodeSource(study.get("source"), model, study),
  ]);
  const preload = debounceVisible(body, async () => {
    const neighbors = [sweep[at() - 1], sweep[at() + 1]].filter(Boolean);
    await needs(study.get("model"));
    for (const { model } of neighbors) await needs(model);
  }, PRELOAD_MS);
  study.on(["model", "seed", "source"], preload);
}

const terms = ({ weight, kl, reconstruction }) => `λ = ${weight}: reconstruction ${fixed(reconstruction, 1)} `
  + `+ KL ${fixed(kl, 2)} = −ELBO ${fixed(reconstruction + kl, 1)} nats per test image`;
