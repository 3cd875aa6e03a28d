import { mountPanels } from "./panels.js";

export function mount(element) {
  mountPanels(element, { first: () => {} });
}
