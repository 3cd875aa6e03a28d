// Buttons that resample, and the seed of epsilon.
import { MAX_SEED } from "../../frontend/js/constants.js";
import { store } from "../../frontend/js/store.js";

const SEEDS = 1_000_000; // at most six digits, to be read aloud in a lecture

// Binds a button that draws a new seed for the page.
export function bindResample(button) {
  button.addEventListener("click", () => {
    store.set({ seed: Math.floor(Math.random() * SEEDS) });
  });
}

// Binds a button that draws a new epsilon and leaves the page's seed unchanged.
export function bindDraw(button) {
  button.addEventListener("click", () => store.set({ draws: store.get("draws") + 1 }));
}

// Returns the seed of epsilon.
export const noiseSeed = () => (store.get("seed") + store.get("draws")) % (MAX_SEED + 1);
