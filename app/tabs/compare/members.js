// The columns of a panel, one for each model that is compared (compare_columns.py), and the calls
// that fill them.
import { latestOnly } from "../../frontend/js/rpc.js";
import { store } from "../../frontend/js/store.js";

// Calls `show(column, answer)` for each of the models in an answer of Python's.
export function eachMember(body, { models }, show) {
  for (const [name, answer] of Object.entries(models)) {
    show(body.querySelector(`[data-member="${name}"]`), answer);
  }
}

// A function that asks Python about the models of as many dimensions as are compared; the newest
// call wins, and an answer about others, or while `isWanted()` does not hold, is dropped.
export function asker(name, deliver, isWanted = () => true) {
  const ask = latestOnly(name, deliver, {
    isWanted: (asked) => asked.latent_dim === store.get("compared") && isWanted(),
  });
  return (payload) => ask({ ...payload, latent_dim: store.get("compared") });
}

// Shows those parts of `body` whose `data-KEY` is `value`.
export function showOnly(body, key, value) {
  for (const part of body.querySelectorAll(`[data-${key}]`)) part.hidden = part.dataset[key] !== value;
}
