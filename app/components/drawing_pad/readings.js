// Below the pad: the server's remark on the image, how often the remark is right, and other readings of an
// upload as buttons.
import { debounceVisible } from "../../frontend/js/debounce.js";
import { make } from "../../frontend/js/dom.js";
import { bytesOf, hasChoice } from "../../frontend/js/encodings.js";
import { fixed } from "../../frontend/js/format.js";
import { paint } from "../../frontend/js/pixels.js";
import { call, latestOnly, pack } from "../../frontend/js/rpc.js";
import { selectedModel, store } from "../../frontend/js/store.js";
import { imageButton } from "./image_button.js";

const REST_MS = 300;

// Follows the source store[key] of the pad `element`. Shows nothing while `isVisitors()` is false: while the
// pad shows an example or a stroke is being drawn. Returns a function to call when its value changes.
export function followReadings(element, key, isVisitors) {
  const found = element.querySelector(".found");
  const show = (remark) => {
    found.querySelector("p").textContent = remark;
    showCheck(found.querySelector(".reliability"), remark);
    found.hidden = remark === "";
  };
  const check = latestOnly(({ model, source }) => (
    call("check_digit", { model, pixels: pack(bytesOf(source)), prepare: true })
  ), ({ remark }) => show(remark), { isWanted: ({ source }) => source === store.get(key) && isVisitors() });
  const update = () => {
    const source = store.get(key);
    const shown = isVisitors() && source !== null && !source.z;
    const others = shown && hasChoice(source) && source.prepare ? source.others ?? [] : [];
    found.querySelector(".others").replaceChildren(...others.map((other) => button(key, source, other)));
    const remarked = shown && source.prepare !== false;
    if (remarked && !source.remark && selectedModel()?.digits) check({ model: store.get("model"), source });
    else show(remarked ? source.remark ?? "" : "");
  };
  const updateSoon = debounceVisible(found.parentElement, update, REST_MS);
  store.on([key, "model"], updateSoon);
  return updateSoon;
}

// Shows the measured shares of the check for digits next to its sentence.
function showCheck(details, remark) {
  const { remark: sentence, flagged } = store.get("digit_check") ?? {};
  const shares = Object.entries(flagged ?? {});
  details.hidden = remark !== sentence || shares.length === 0;
  if (details.hidden) return;
  details.querySelector("tbody").replaceChildren(...shares.map(([kind, share]) => (
    make("tr", "", rowHeader(kind), make("td", "", `${fixed(100 * share, 0)} %`)))));
}

const rowHeader = (text) => Object.assign(make("th", "", text), { scope: "row" });

function button(key, source, other) {
  const canvas = document.createElement("canvas");
  paint(canvas, other);
  return imageButton("Use this reading of the image", canvas, () => {
    const others = source.others.map((bytes) => (bytes === other ? source.prepared : bytes));
    store.set({ [key]: { ...source, prepared: other, others } });
  });
}
