// log p(x) of the visitor's image, of a sample and of noise in each model, under the selected prior.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { createQuery, forEachModel, showOnly } from "../models.js";
import { bindChoice, bindStored } from "../../../components/controls/controls.js";
import { grouped } from "../../../frontend/js/format.js";
import { BLANK, nth, paint } from "../../../frontend/js/pixels.js";
import { pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const DEBOUNCE_MS = 300; // the server integrates over the latent planes of four models

export function mount(body) {
  const prior = bindStored(bindChoice, body.querySelector("[data-field=density-prior]"), "density_prior");
  const shown = body.querySelector(".shown");
  const query = createQuery("compare_density", (answer, { prior: answered }) => {
    shown.ariaBusy = false;
    showOnly(body, "prior", answered);
    forEachModel(body, answer, show);
  });
  showOnly(body, "prior", prior.value);

  function request() {
    if (store.get("compared") !== 2) return;
    const digit = store.get("digit");
    shown.ariaBusy = true;
    // An empty pad is an image too, and its likelihood is shown.
    const pixels = digit ? digit.seen : BLANK;
    for (const label of body.querySelectorAll("figure:first-child figcaption span")) {
      label.textContent = digit ? "your image" : "an empty image";
    }
    query({ pixels: pack(pixels), prior: prior.value, seed: store.get("seed") });
  }
  store.on(["digit", "seed", "compared", "density_prior"], debounceVisible(body, request, DEBOUNCE_MS));
}

function show(column, { images, log_p: found }) {
  const bytes = unpack(images);
  [...column.querySelectorAll("figure")].forEach((figure, i) => {
    paint(figure.querySelector("canvas"), nth(bytes, i));
    figure.querySelector("output").textContent = found[i] === null ? "−∞" : grouped(found[i]);
  });
}
