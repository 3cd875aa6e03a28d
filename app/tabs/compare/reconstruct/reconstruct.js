// Reconstructions of the visitor's image, corrupted, by each model.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { createQuery, forEachModel, showOnly } from "../models.js";
import { bindChoice, bindSlider, bindStored } from "../../../components/controls/controls.js";
import { fixed } from "../../../frontend/js/format.js";
import { BLANK, paint } from "../../../frontend/js/pixels.js";
import { pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

export function mount(body) {
  const field = (name) => body.querySelector(`[data-field=${name}]`);
  const amount = bindStored(bindSlider, field("amount"), "damaged_share");
  const damage = bindStored(bindChoice, field("damage"), "damage");
  const input = body.querySelector(".input canvas");
  const query = createQuery("compare_reconstruct", (answer) => {
    paint(input, unpack(answer.seen));
    forEachModel(body, answer, (column, { image, rmse }) => show(column, unpack(image), fixed(rmse, 3)));
  }, () => store.get("digit") !== null);

  function request() {
    showOnly(body, "damage", damage.value);
    const digit = store.get("digit");
    if (digit === null) clear();
    else {
      const pixels = pack(digit.seen);
      query({ pixels, kind: damage.value, amount: amount.value, seed: store.get("seed") });
    }
  }
  function clear() {
    paint(input, BLANK);
    for (const column of body.querySelectorAll(".model")) show(column, BLANK, "–");
  }
  store.on(["digit", "compared", "seed", "damage", "damaged_share"], debounceVisible(body, request, 0));
}

function show(column, image, rmse) {
  paint(column.querySelector("canvas"), image);
  column.querySelector("[data-text=rmse]").textContent = rmse;
}
