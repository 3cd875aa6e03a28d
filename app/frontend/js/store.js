// The visitor's state, shared by all tabs of the page. Panels that select other models have a second
// store with the same keys (study_store.js).
//
//   models    [{name, data, digits, prepare}]   the models offered for selection: name, data set,
//             whether its images are digits, and how they are preprocessed ("ink", "resize")
//   digit_check  {remark, flagged: {kind: share}} or null: the sentence about an image that is not a
//             digit, and the share of images that get it
//   model     name of the selected model
//   about     {name, latent_dim, deterministic, active: [bool] | null, plane: [[Z], [Z]],
//             test_terms: [reconstruction, KL] | null, binarized: −ELBO | null,
//             test_images: count | null,
//             examples: [{name, z}], encoder: address | null, decoder: address | null}
//             description of the selected model (encodings.py `summary`), or null while it
//             is loading
//   seed      integer, the seed of samples and of epsilon
//   prepare   whether drawings and uploads are preprocessed like MNIST, if the model's data set was;
//             pads copy it to their sources
//   source    the visitor's image before encoding, or null. One of
//             {pixels: Uint8Array(84*84), prepare, drawing}  a drawing, and the pad's strokes
//             {prepared: Uint8Array(784), raw: Uint8Array(784), others: [Uint8Array(784)], remark,
//              prepare}                                    an upload; prepared is null if no ink was
//                                                          found
//             {prepared: Uint8Array(784), z: [Z], model}                   a decoded code
//             prepare: false uses the plain resize instead of MNIST's preprocessing
//   source_a, source_b        the sources of the two endpoints of an interpolation
//   digit, a, b               the encodings of these sources (encodings.py `encoding`, images
//             unpacked), or null: {model, seen, x_hat: Uint8Array(784), mu, std, kl: [Z] | null,
//             reconstruction, elbo, share_above, plane: [2], z: [Z]}; z is mu unless the source
//             is a code of this model. Written by encodings.js
//   samples   {model, z: [[Z]], images: Uint8Array(n*784)} or null
//   path_options  {method: "linear" | "spherical", steps}, of the interpolation
//   path      {model, z: [[Z]], images: Uint8Array(n*784), fine: {z, images}} or null, the
//             interpolation; fine is the same path with smaller steps. Written by path.js
//   path_at   position on the path, from 0 (A) to 1 (B)
//   pinned    {z, model} or null, a code pinned on the map; reset when the visitor's image or the model
//             changes
//   map_view  the ranges of the map's axes, [[low, high], [low, high]], or null for the initial ones; reset
//             when the model changes
//   tab       name of the open tab; written by gradio_tabs.js
//   compare_panel, objective_panel   keys of the panels that are open in these tabs
//   stage     key of the stage in view in How it works
//   traced    the model that How it works traces; "" for the selected one
//   weight    λ, of the model in the panel λ
//   count, temperature   of the samples in the tab Sample
//   layers    [name] of the layers that are switched on in the map
//   questions whether the panels show their questions for a class
//   compared  2 | 32, the latent dimensions of the models in the tab Compare
//   damage, damaged_share   how Compare corrupts the image: "noise" | "occlusion", and its share in [0, 0.6]
//   sample_prior, density_prior   of Compare's panels: "model" | "gaussian" | "mixture"
//   code_scale   "all" | "prior", the view of Compare's codes
//   snapshot  index of the replay's snapshot, or null for the last one
//   head_input   a, of the panel of the variance heads
//   draw_pixels   whether the tab Sample draws pixels from p(x|z)
//   details   whether Details is open in the tab Reconstruct
//   lesson    key of the open chapter of the lesson, or null
//   present   whether the page is in presentation mode
//   hide      [name] of the parts of the page that are hidden (shell/view/style.css)
//   notice    {text, action: {text, run} | absent}   a message for the visitor, shown for some
//             seconds, with an optional button
//   connection  null, "lost" while the server does not answer, or "outdated" when it serves a newer
//             version of the page. Written by connection.js
//
// Values are replaced and never mutated, so listeners may compare by identity.

import { STEPS } from "./constants.js";

export const DEFAULTS = {
  models: [], digit_check: null, model: null, about: null, seed: 0, prepare: true,
  source: null, source_a: null, source_b: null, digit: null, a: null, b: null,
  samples: null, path_options: { method: "linear", steps: STEPS }, path: null, path_at: 0.5,
  pinned: null, map_view: null,
  tab: "Reconstruct", compare_panel: "reconstruct", objective_panel: "lambda", stage: "x", traced: "", weight: 1,
  count: 64, temperature: 1, layers: [], questions: false, compared: 2, details: false,
  damage: "noise", damaged_share: 0.3, sample_prior: "model", density_prior: "model", code_scale: "all",
  snapshot: null, head_input: -1.5, draw_pixels: false,
  lesson: null, present: false, hide: [], notice: null, connection: null,
};

export function createStore() {
  const state = { ...DEFAULTS };
  const listeners = new Set();
  return {
    get: (key) => state[key],

    // Merges `changes`, then calls the listeners of the changed keys.
    set(changes) {
      const changed = Object.keys(changes).filter((key) => state[key] !== changes[key]);
      if (changed.length === 0) return;
      Object.assign(state, changes);
      for (const listener of listeners) listener(changed);
    },

    // Calls `callback(state)` now and whenever one of `keys` changes. Returns a function that unsubscribes.
    on(keys, callback) {
      const listener = (changed) => {
        if (changed.some((key) => keys.includes(key))) callback(state);
      };
      listeners.add(listener);
      callback(state);
      return () => listeners.delete(listener);
    },
  };
}

// The page's store, whose notices are shown.
export const store = createStore();

export const notifyError = (error) => store.set({ notice: { text: error.message } });

// The entry of `models` for a store's selected model; undefined before the models are set.
export const selectedModel = (from = store) =>
  from.get("models").find(({ name }) => name === from.get("model"));
