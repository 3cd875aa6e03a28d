// The columns of a panel, one for each compared model (macros.html), and the requests that fill them.
import { latestOnly } from "../../frontend/js/rpc.js";
import { store } from "../../frontend/js/store.js";

// Calls `show(column, result)` for each model in a payload.
export function forEachModel(body, { models }, show) {
  for (const [name, result] of Object.entries(models)) {
    show(body.querySelector(`[data-model="${name}"]`), result);
  }
}

// Returns `request(payload)`, which calls a server function for the models of the selected latent
// dimension (latestOnly). Results of another dimension, or while `isWanted()` is false, are dropped.
export function createQuery(name, onResult, isWanted = () => true) {
  const request = latestOnly(name, onResult, {
    isWanted: (payload) => payload.latent_dim === store.get("compared") && isWanted(),
  });
  return (payload) => request({ ...payload, latent_dim: store.get("compared") });
}

// Shows the elements of `body` whose `data-KEY` is `value` and hides those with other values.
export function showOnly(body, key, value) {
  for (const part of body.querySelectorAll(`[data-${key}]`)) part.hidden = part.dataset[key] !== value;
}
