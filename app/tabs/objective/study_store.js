// A store for models that are no choice of the page's: those of the study. The visitor's digit and
// seed are the page's, what the model makes of them is its own.
import { start } from "../../frontend/js/encodings.js";
import { isHidden, onVisible } from "../../frontend/js/visibility.js";
import { createStore, store as page } from "../../frontend/js/store.js";

// `models` as in store.js, `model` the first one's name. It follows the page while `element` is shown.
export function createStudyStore(element, models, model) {
  const study = createStore();
  study.set({ models, model });
  function follow() {
    if (isHidden(element)) return;
    study.set({ source: page.get("source"), seed: page.get("seed") });
  }
  page.on(["source", "seed"], follow);
  onVisible(element, follow);
  start(study);
  return study;
}
