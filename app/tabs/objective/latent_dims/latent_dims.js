// The panel of the latent dimensions: the visitor's image and samples, by each model.
import { attachImageMenu } from "../../../components/image_menu/image_menu.js";
import { bindResample } from "../../../components/sampling/resample.js";
import { BLANK, nth, paint } from "../../../frontend/js/pixels.js";
import { latestOnly } from "../../../frontend/js/rpc.js";
import { samplesOf } from "../study_models/samples.js";
import { createStudyStore } from "../study_models/study_store.js";

export function mount(body, { dimensions, models }) {
  for (const model of dimensions) follow(body, createStudyStore(body, models, model), model);
  bindResample(body.querySelector("[data-action=roll]"));
}

function follow(body, study, model) {
  const canvases = (role) => [...body.querySelectorAll(`[data-model="${model}"][data-role=${role}]`)];
  const [reconstruction] = canvases("x_hat");
  attachImageMenu(reconstruction, () => {
    const digit = study.get("digit");
    return digit && { pixels: digit.x_hat, z: digit.mu, model };
  });
  study.on(["digit"], ({ digit }) => paint(reconstruction, digit?.x_hat ?? BLANK));

  let samples = null;
  const show = latestOnly((seed) => samplesOf({ model, seed }), (answer) => {
    samples = answer;
    canvases("sample").forEach((canvas, i) => paint(canvas, nth(samples.images, i)));
  }, { isWanted: (seed) => seed === study.get("seed") });
  study.on(["seed"], ({ seed }) => show(seed));
  canvases("sample").forEach((canvas, i) => attachImageMenu(canvas, () => samples && {
    pixels: nth(samples.images, i), z: samples.z[i], model,
  }));
}
