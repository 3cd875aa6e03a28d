// Below the pad: Python's remark on the image, and other readings of an upload as buttons.
import { debounceVisible } from "../../frontend/js/debounce.js";
import { hasChoice, SOURCES } from "../../frontend/js/encodings.js";
import { paint } from "../../frontend/js/pixels.js";
import { store } from "../../frontend/js/store.js";
import { imageButton } from "./image_button.js";

const REST_MS = 300;

// Follows the source store[key] of the pad `element`. `isVisitors()` is false while the pad shows an
// example or a stroke is being drawn; nothing is shown then.
export function followReadings(element, key, isVisitors) {
  const found = element.querySelector(".found");
  const encoding = Object.keys(SOURCES).find((name) => SOURCES[name] === key);
  const update = () => {
    const source = store.get(key);
    const shown = isVisitors() && source !== null && !source.z;
    const others = shown && hasChoice(source) && source.prepare ? source.others ?? [] : [];
    const remark = shown && source.prepare !== false ? source.remark || store.get(encoding)?.remark || "" : "";
    found.querySelector("p").textContent = remark;
    found.querySelector(".others").replaceChildren(...others.map((other) => button(key, source, other)));
    found.hidden = remark === "";
  };
  store.on([key, encoding, "model"], debounceVisible(found.parentElement, update, REST_MS));
}

function button(key, source, other) {
  const canvas = document.createElement("canvas");
  paint(canvas, other);
  return imageButton("Use this reading of the image", canvas, () => {
    const others = source.others.map((bytes) => (bytes === other ? source.prepared : bytes));
    store.set({ [key]: { ...source, prepared: other, others } });
  });
}
