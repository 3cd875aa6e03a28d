// Codes of test images by each model on one scale, the prior's circles, and the code of the visitor's
// image.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { createQuery, forEachModel } from "../models.js";
import { bindChoice, bindStored } from "../../../components/controls/controls.js";
import { createScatter } from "../../../components/charts/scatter.js";
import { pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const PRIOR_EXTENT = 4; // half the side of the view of the prior

export function mount(body, props) {
  const scale = bindStored(bindChoice, body.querySelector("[data-field=scale]"), "code_scale");
  const scatters = new Map(); // a column's element -> its scatter
  let compared = []; // {column, half} of the visible models

  function scatterOf(column) {
    if (!scatters.has(column)) scatters.set(column, createScatter(column.querySelector(".scatter"), props));
    return scatters.get(column);
  }
  const requestCodes = createQuery("compare_codes", (answer) => {
    compared = [];
    forEachModel(body, answer, (column, { points, labels, half, near }) => {
      compared.push({ column, half });
      const codes = { points: new Float32Array(unpack(points).buffer), labels: unpack(labels) };
      scatterOf(column)({ ...codes, half });
      column.querySelector("[data-text=near]").textContent = `${Math.round(100 * near)} %`;
    });
    rescale();
    locate();
  });
  const requestMarks = createQuery("compare_positions", (answer) => {
    forEachModel(body, answer, (column, { position }) => scatterOf(column)({ mark: position }));
  }, () => store.get("digit") !== null);

  function rescale() {
    const half = scale.value === "prior" ? PRIOR_EXTENT : Math.max(...compared.map((one) => one.half));
    for (const { column } of compared) scatterOf(column)({ half });
  }
  function locate() {
    const digit = store.get("digit");
    if (digit) requestMarks({ pixels: pack(digit.seen) });
    else for (const { column } of compared) scatterOf(column)({ mark: null });
  }
  store.on(["code_scale"], rescale);
  store.on(["compared"], debounceVisible(body, () => requestCodes({}), 0));
  store.on(["digit"], debounceVisible(body, locate, 0));
}
