// Codes of test images in each model, all on one scale, the prior's circles over them, and the code of
// the visitor's image.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { asker, eachMember } from "../members.js";
import { bindChoice } from "../../../components/controls/controls.js";
import { createScatter } from "../../../components/charts/scatter.js";
import { pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const PRIOR_VIEW = 4; // half the width of what is shown around the prior

export function mount(body, look) {
  const scale = bindChoice(body.querySelector("[data-field=scale]"), rescale);
  const scatters = new Map(); // a column's element -> its scatter
  let compared = []; // {column, half} of the models that are shown

  function scatterOf(column) {
    if (!scatters.has(column)) scatters.set(column, createScatter(column.querySelector(".scatter"), look));
    return scatters.get(column);
  }
  const ask = asker("compare_codes", (answer) => {
    compared = [];
    eachMember(body, answer, (column, { points, labels, half, near }) => {
      compared.push({ column, half });
      const codes = { points: new Float32Array(unpack(points).buffer), labels: unpack(labels) };
      scatterOf(column)({ ...codes, half });
      column.querySelector("[data-text=near]").textContent = `${Math.round(100 * near)} %`;
    });
    rescale();
    locate();
  });
  const askPlaces = asker("compare_places", (answer) => {
    eachMember(body, answer, (column, { place }) => scatterOf(column)({ mark: place }));
  }, () => store.get("digit") !== null);

  function rescale() {
    const half = scale.value === "prior" ? PRIOR_VIEW : Math.max(...compared.map((one) => one.half));
    for (const { column } of compared) scatterOf(column)({ half });
  }
  function locate() {
    const digit = store.get("digit");
    if (digit) askPlaces({ pixels: pack(digit.seen) });
    else for (const { column } of compared) scatterOf(column)({ mark: null });
  }
  store.on(["compared"], debounceVisible(body, () => ask({}), 0));
  store.on(["digit"], debounceVisible(body, locate, 0));
}
