// A button for other samples, wherever samples are shown: it draws the page's seed anew.
import { store } from "../../frontend/js/store.js";

const SEEDS = 1_000_000; // few enough digits to be read aloud in a lecture hall

export function bindResample(button) {
  button.addEventListener("click", () => {
    store.set({ seed: Math.floor(Math.random() * SEEDS) });
  });
}
