// Binds a button that resamples by drawing a new seed for the page.
import { store } from "../../frontend/js/store.js";

const SEEDS = 1_000_000; // at most six digits, to be read aloud in a lecture

export function bindResample(button) {
  button.addEventListener("click", () => {
    store.set({ seed: Math.floor(Math.random() * SEEDS) });
  });
}
