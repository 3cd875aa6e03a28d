// The tab Compare: how many dimensions the codes have that are compared, and the panels.
import { mount as codes } from "./compare_codes.js";
import { mount as density } from "./compare_density.js";
import { mount as interpolate } from "./compare_interpolate.js";
import { mount as reconstruct } from "./compare_reconstruct.js";
import { mount as sample } from "./compare_sample.js";
import { joinChoice } from "./controls.js";
import { mount as mountPad } from "./pad.js";
import { mountPanels } from "./panels.js";
import { store } from "./store.js";

const PANELS = { reconstruct, sample, interpolate, codes, density };

export function mount(element, props) {
  const compare = (dimensions) => store.set({ compared: Number(dimensions) });
  const space = joinChoice(element.querySelector("[data-field=compared]"), compare);
  compare(space.value); // a visitor may have been faster than this script
  store.on(["compared"], ({ compared }) => {
    for (const part of element.querySelectorAll("[data-space]")) {
      part.hidden = Number(part.dataset.space) !== compared;
    }
  });
  const mounts = Object.entries(PANELS).map(([key, mountPanel]) => [key, (body) => {
    mountPads(body, props.digits);
    mountPanel(body, props);
  }]);
  mountPanels(element, Object.fromEntries(mounts));
}

function mountPads(body, digits) {
  for (const pad of body.querySelectorAll(".live-pad")) {
    const { source, start } = pad.dataset;
    mountPad(pad, { source, start: Number(start), digits });
  }
}
