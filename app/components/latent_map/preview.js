// The side of the map: the image at a point of the plane, or at the visitor's own code.
import { decoderOf } from "../../frontend/js/decoder.js";
import { describe, write } from "./text.js";
import { givePictureMenu } from "../picture_menu/picture_menu.js";
import { paint } from "../../frontend/js/pixels.js";
import { lift, project } from "./geometry.js";
import { latestOnly } from "../../frontend/js/rpc.js";
import { isHidden } from "../../frontend/js/visibility.js";
import { dataRegion } from "./region.js";

// `store` is the one whose model and digit are shown (store.js).
export function createDecoded(store, find) {
  const canvas = find("decoded").querySelector("canvas");
  let point = null; // on the plane; null is the visitor's own code
  let by = null; // "pointer" or "keys", what put it there
  let picture = null; // {pixels, z, model} on the canvas
  let decodeAt = null;
  let supported = dataRegion(null); // whether test codes are at a point of the plane
  let frame = 0;

  const decode = latestOnly((asked) => asked.decodeAt(asked.z), (pixels, { z, model }) => {
    picture = { pixels, z, model };
    paint(canvas, pixels);
  }, { isWanted: ({ model }) => model === store.get("about")?.name });

  const own = () => ownCode(store);
  const here = () => (point ? lift(store.get("about").plane, point, own()) : own());

  // At most one request in a frame, however often the pointer reports.
  function refresh() {
    if (store.get("about") === null || frame || isHidden(canvas)) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      const about = store.get("about");
      if (about === null) return;
      const z = here();
      const off = !supported(project(about.plane, z));
      find("decoded").classList.toggle("off-data", off);
      const marked = placeCode(store) !== null;
      const said = { about, digit: ownDigit(store), marked, by: point && by, z, off };
      write(find, describe(said, store));
      decode({ decodeAt, z, model: about.name });
    });
  }

  store.on(["about"], ({ about }) => {
    picture = null;
    point = null;
    supported = dataRegion(null);
    decodeAt = about && decoderOf(about);
    refresh();
  });
  store.on(["digit"], refresh);
  store.on(["place"], () => {
    point = null;
    refresh();
  });
  givePictureMenu(canvas, () => picture, ["map"]);

  return {
    at(where, cause) {
      point = where;
      by = cause;
      refresh();
    },
    // Python's `support` of the map, once it is there.
    set support(support) {
      supported = dataRegion(support);
      refresh();
    },
    get supported() { return supported; },
    get point() { return point; },
    get by() { return by; },
    get decodeAt() { return decodeAt; },
    here,
    refresh,
  };
}

// What the model makes of the visitor's digit, null if there is none (or it is being encoded).
export function ownDigit(store) {
  const digit = store.get("digit");
  return digit?.model === store.get("about")?.name ? digit : null;
}

// The code of the picture that is looked up here, null if there is none of this model.
export function placeCode(store) {
  const place = store.get("place");
  return place && place.model === store.get("about")?.name ? place.z : null;
}

// Where the map rests: that picture, else the visitor's own code, else the center of the prior.
export const ownCode = (store) =>
  placeCode(store) ?? ownDigit(store)?.z ?? Array.from({ length: store.get("about").latent_dim }, () => 0);
