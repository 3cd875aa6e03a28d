// Chips that change the visitor's state, named as in the address, or press buttons of the page.
import { SOURCES } from "../../frontend/js/encodings.js";
import { applyChanges } from "../share_link/restore.js";
import { readChanges } from "../share_link/properties.js";
import { hasTab } from "../../frontend/js/gradio_tabs.js";
import { selectedModel, store } from "../../frontend/js/store.js";

export function mount(element) {
  const chips = [...element.querySelectorAll("button")].map((button) => ({
    button, changes: readChanges(button.dataset.state), press: Object.entries(JSON.parse(button.dataset.press)),
  }));
  for (const { button, changes, press } of chips) {
    button.addEventListener("click", () => {
      applyChanges(changes);
      for (const [id, name] of press) document.querySelector(`#${id} button[aria-label="${name}"]`)?.click();
    });
  }
  store.on(["models", "model"], () => {
    for (const chip of chips) chip.button.hidden = !isPossible(chip);
  });
}

// Whether the page has the chip's model and tab, and, for a chip that draws a digit, a model of digits.
function isPossible({ changes, press }) {
  const { model, tab } = changes;
  const draws = press.length > 0 || Object.values(SOURCES).some((key) => changes[key] !== undefined);
  const digits = selectedModel()?.digits || !draws;
  const known = model === undefined || store.get("models").some(({ name }) => name === model);
  return digits && known && (tab === undefined || hasTab(tab));
}
