// The stage, the part of the tab in the first view, from the pad to the small map. It works before Gradio has
// started.
import { mount as mountPad } from "../../components/drawing_pad/pad.js";
import { mount as mountPart } from "./reconstruction/reconstruction.js";
import { mount as mountMap } from "./small_map/small_map.js";
import { followDetails } from "./details.js";

const FIRST_DIGIT = 3; // drawn at the start, so that the page is not empty
const PARTS = { "#seen": "model_input", "#reconstruction": "reconstruction", "#elbo": "elbo" };

let started;
const stage = new Promise((resolve) => { started = resolve; });

// Mounts the components of template.html.
export function start(element, root) {
  const find = (selector) => element.querySelector(selector);
  mountPad(find("#pad"), { source: "source", start: FIRST_DIGIT });
  for (const [selector, part] of Object.entries(PARTS)) mountPart(find(selector), { part });
  mountMap(find("#small-map"), root);
  element.inert = false;
  started(element);
}

// Moves the stage from the first view into Gradio's `element`, and shows Gradio's page. A moved element loses
// the pointer, so a pressed one is waited for, and the focus, which is restored.
export async function mount(element) {
  const moved = await stage;
  const view = document.querySelector("#first-view");
  if (view.matches(":active")) await new Promise((resolve) => addEventListener("pointerup", resolve, { once: true }));
  const focused = document.activeElement;
  element.append(moved);
  view.remove();
  focused.focus({ preventScroll: true });
  followDetails();
}
