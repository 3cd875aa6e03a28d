// A store for the models of the study, which the page does not offer for selection. It copies source and
// seed from the page's store and has its own encodings.
import { start } from "../../../frontend/js/encodings.js";
import { isHidden, onVisible } from "../../../frontend/js/visibility.js";
import { createStore, store as page } from "../../../frontend/js/store.js";

// `models` as in store.js, `model` is the initial one. It follows the page while `element` is visible.
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
