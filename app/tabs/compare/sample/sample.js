// New pictures of each model, side by side, from one seed.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { asker, eachMember, showOnly } from "../members.js";
import { bindChoice } from "../../../components/controls/controls.js";
import { paintGrid } from "../../../frontend/js/pixels.js";
import { bindResample } from "../../../components/sampling/resample.js";
import { unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const SIDE = 5; // pictures a side

export function mount(body) {
  const prior = bindChoice(body.querySelector("[data-field=prior]"), request);
  const seed = body.querySelector("[data-text=seed]");
  const ask = asker("compare_sample", (answer, asked) => {
    seed.textContent = asked.seed;
    showOnly(body, "prior", asked.prior);
    eachMember(body, answer, (column, { images }) => {
      paintGrid(column.querySelector("canvas"), unpack(images), asked.count, SIDE);
    });
  });
  function request() {
    ask({ prior: prior.value, count: SIDE * SIDE, seed: store.get("seed") });
  }
  bindResample(body.querySelector("[data-action=roll]"));
  store.on(["compared", "seed"], debounceVisible(body, request, 0));
}
