// Mounts the small map. Its scripts, the test codes and the decoder are loaded after the first encoding of
// a 2-D model, so that the first view does not wait for them.
import { store } from "../../../frontend/js/store.js";

const FAILED = "The small map did not load. Reload the page to see it.";

export function mount(element, { plane }, { root }) {
  const map = element.querySelector(".small-map");
  let requested = false;
  store.on(["about", "digit"], ({ about, digit }) => {
    if (about === null) return; // keep the layout while a model is loading
    map.hidden = about.latent_dim !== 2;
    if (map.hidden || digit === null || requested) return;
    requested = true; // once, because browsers keep the result of a failed import
    import(root + plane).then(
      ({ createPlane }) => createPlane(map),
      () => store.set({ notice: { text: FAILED } }),
    );
  });
}
