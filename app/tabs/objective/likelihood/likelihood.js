// The panel of the likelihood: two models with the same image and the same seed.
import { fixed } from "../../../frontend/js/format.js";
import { createPair } from "../study_models/reconstructions.js";
import { bindResample } from "../../../components/sampling/resample.js";
import { followSamples } from "../study_models/samples.js";
import { createStudyStore } from "../study_models/study_store.js";

export function mount(body, { likelihoods, models }) {
  for (const model of likelihoods) {
    const column = body.querySelector(`[data-model="${model.split("/").at(-1)}"]`);
    const study = createStudyStore(body, models, model);
    const pair = createPair(column.querySelector(".pair"));
    const rmse = column.querySelector("[data-text=rmse]");
    study.on(["digit"], ({ digit }) => {
      pair(digit);
      rmse.textContent = digit ? `your image: RMSE ${fixed(rootMeanSquare(digit), 3)}` : "no image drawn yet";
    });
    followSamples(column.querySelector(".tile-grid"), study);
  }
  bindResample(body.querySelector("[data-action=roll]"));
}

// Returns the root mean squared error per pixel, for gray levels in [0, 1].
function rootMeanSquare({ seen, x_hat }) {
  const squares = seen.reduce((sum, gray, i) => sum + ((gray - x_hat[i]) / 255) ** 2, 0);
  return Math.sqrt(squares / seen.length);
}
