// The tab "Compare": the choice of the latent dimension, and the panels.
import { mount as codes } from "./codes/codes.js";
import { mount as density } from "./density/density.js";
import { mount as interpolate } from "./interpolate/interpolate.js";
import { mount as reconstruct } from "./reconstruct/reconstruct.js";
import { mount as sample } from "./sample/sample.js";
import { bindChoice } from "../../components/controls/controls.js";
import { mount as mountPad } from "../../components/drawing_pad/pad.js";
import { mountPanels } from "../../components/panels/panels.js";
import { store } from "../../frontend/js/store.js";

const PANELS = { reconstruct, sample, interpolate, codes, density };

export function mount(element, props) {
  const compare = (dimensions) => store.set({ compared: Number(dimensions) });
  const space = bindChoice(element.querySelector("[data-field=compared]"), compare);
  store.on(["compared"], ({ compared }) => {
    space.show(String(compared));
    for (const part of element.querySelectorAll("[data-space]")) {
      part.hidden = Number(part.dataset.space) !== compared;
    }
  });
  const mounts = Object.entries(PANELS).map(([key, mountPanel]) => [key, (body) => {
    mountPads(body);
    mountPanel(body, props);
  }]);
  mountPanels(element, "compare_panel", Object.fromEntries(mounts));
}

function mountPads(body) {
  for (const pad of body.querySelectorAll(".live-pad")) {
    const { source, start } = pad.dataset;
    mountPad(pad, { source, start: Number(start) });
  }
}
