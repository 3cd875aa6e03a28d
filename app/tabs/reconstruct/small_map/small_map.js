// The small map: the visitor's posterior among the test codes of a 2-D model, hidden for other models. Its
// scripts and the test codes are loaded after the first encoding, so that the first view does not wait for them.
import { store } from "../../../frontend/js/store.js";

const FAILED = "The small map did not load. Reload the page to see it.";

export function mount(element, root) {
  const map = element.querySelector(".small-map");
  let requested = false;
  store.on(["about", "digit"], ({ about, digit }) => {
    if (about === null) return; // keep the layout while a model is loading
    map.hidden = about.latent_dim !== 2;
    if (map.hidden || digit === null || requested) return;
    requested = true; // once, because browsers keep the result of a failed import
    import(root + element.dataset.plane).then(
      ({ createPlane }) => createPlane(map),
      () => store.set({ notice: { text: FAILED } }),
    );
  });
}
