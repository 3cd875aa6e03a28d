// The preview: the image decoded at a point of the plane, or at the visitor's code.
import { decoderOf } from "../../frontend/js/networks/decoder.js";
import { describe, write } from "./text.js";
import { attachImageMenu } from "../image_menu/image_menu.js";
import { paint } from "../../frontend/js/pixels.js";
import { lift, project } from "./geometry.js";
import { PIPELINED } from "../../frontend/js/pipeline.js";
import { latestOnly } from "../../frontend/js/rpc.js";
import { isHidden } from "../../frontend/js/visibility.js";
import { dataRegion } from "./map_data.js";

// Creates the preview of the model and the encoding in `store` (store.js).
export function createDecoded(store, find) {
  const canvas = find("decoded").querySelector("canvas");
  let point = null; // on the plane; null is the visitor's code
  let by = null; // "pointer" or "keys", the input that set the point
  let image = null; // {pixels, z, model} on the canvas
  let decodeAt = null;
  let inRegion = dataRegion(null); // whether a point of the plane is in the region with test codes
  let frame = 0;

  const decode = latestOnly(({ decodeAt: fetch, z }) => fetch(z), (pixels, { z, model }) => {
    image = { pixels, z, model };
    paint(canvas, pixels);
  }, { isWanted: ({ model }) => model === store.get("about")?.name, most: PIPELINED });

  const current = () => currentCode(store);
  const code = () => (point ? lift(store.get("about").projection, point, current()) : current());

  // Sends at most one request per frame.
  function refresh() {
    if (store.get("about") === null || frame || isHidden(canvas)) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      const about = store.get("about");
      if (about === null) return;
      const z = code();
      const off = !inRegion(project(about.projection, z));
      find("decoded").classList.toggle("off-data", off);
      const pinned = pinnedCode(store) !== null;
      const shown = { about, digit: currentDigit(store), pinned, by: point && by, z, off };
      write(find, describe(shown, store));
      decode({ decodeAt, z, model: about.name });
    });
  }

  store.on(["about"], ({ about }) => {
    image = null;
    point = null;
    inRegion = dataRegion(null);
    decodeAt = about && decoderOf(about);
    refresh();
  });
  store.on(["digit"], refresh);
  store.on(["pinned"], () => {
    point = null;
    refresh();
  });
  attachImageMenu(canvas, () => image, ["map"]);

  return {
    at(newPoint, cause) {
      point = newPoint;
      by = cause;
      refresh();
    },
    // `region` of the map's payload.
    set region(region) {
      inRegion = dataRegion(region);
      refresh();
    },
    get inRegion() { return inRegion; },
    get point() { return point; },
    get by() { return by; },
    get decodeAt() { return decodeAt; },
    code,
    refresh,
  };
}

// Returns the encoding of the visitor's image by the store's model; null without an image and while it
// is being encoded.
export function currentDigit(store) {
  const digit = store.get("digit");
  return digit?.model === store.get("about")?.name ? digit : null;
}

// Returns the pinned code if it belongs to the store's model, otherwise null.
export function pinnedCode(store) {
  const pinned = store.get("pinned");
  return pinned && pinned.model === store.get("about")?.name ? pinned.z : null;
}

// Returns the code that is shown without a pointer: the pinned code, otherwise the visitor's code,
// otherwise the center of the prior.
export const currentCode = (store) =>
  pinnedCode(store) ?? currentDigit(store)?.z ?? Array.from({ length: store.get("about").latent_dim }, () => 0);
