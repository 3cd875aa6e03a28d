// Sets an endpoint from the visitor's image or from a new sample of the prior.
import { drawSample } from "../../../components/sampling/draw_sample.js";
import { store } from "../../../frontend/js/store.js";

export function mount(element, { source: key }) {
  const useImage = element.querySelector("[data-action=use-image]");
  useImage.addEventListener("click", () => store.set({ [key]: store.get("source") }));
  store.on(["source"], ({ source }) => { useImage.disabled = source === null; });
  element.querySelector("[data-action=sample]").addEventListener("click", () => drawSample(key));
}
