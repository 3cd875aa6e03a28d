// The visitor's one state, shared by all tabs. It lives in the page: two visitors never meet. What
// looks at models of its own has a store of its own, with the same keys (study_store.js).
//
//   models    [{name, data, digits, prepare}]   what the server offers: a model, its data's name,
//             whether they are digits, and how they were prepared ("ink", "resize")
//   model     name            the chosen one
//   about     {name, latent_dim, deterministic, active: [bool] | null, plane: [[Z], [Z]],
//             test_terms: [reconstruction, KL] | null, test_images: count | null,
//             ready: [{name, z}], decoder: address | null}
//             of the chosen model (bridge.py `about`), or null while it is fetched
//   seed      whole number    of samples and of fresh epsilons
//   prepare   whether drawings and uploads are prepared as MNIST was, where the model's data were;
//             pads put it into their sources
//   source    the visitor's digit before any model, or null. One of
//             {pixels: Uint8Array(84*84), prepare, drawing}  a drawing, and what a pad shows of it
//             {prepared: Uint8Array(784), raw: Uint8Array(784), others: [Uint8Array(784)], remark,
//              prepare}                                    an upload; prepared is null where there is
//                                                          no ink to be found
//             {prepared: Uint8Array(784), z: [Z], model}                   a decoded code
//             prepare: false shows the plain resize in place of MNIST's preparation
//   source_a, source_b        the same for the two ends of an interpolation
//   digit, a, b               what `model` makes of these sources (bridge.py `describe`, images
//             unpacked), or null: {model, seen, x_hat: Uint8Array(784), mu, std, kl: [Z] | null,
//             reconstruction, elbo, share_above, plane: [2], z: [Z]}, z being mu unless the source
//             is a code of this model. digit.js keeps them up to date
//   samples   {model, z: [[Z]], images: Uint8Array(n*784)} or null
//   walk      {method: "linear" | "spherical", steps}: how to go from A to B
//   path      {model, z: [[Z]], images: Uint8Array(n*784), fine: {z, images}} or null, the
//             interpolation; fine is the same way in small steps. path.js keeps it up to date
//   path_at   where on that way the visitor is, from 0 (A) to 1 (B)
//   place     {z, model} or null, the code of a picture that the visitor looks up on the map; gone
//             when their digit or the model changes
//   questions whether the panels show their questions for a class
//   compared  2 | 32, the latent dimensions of the models that stand side by side
//   notice    {text, action: {text, run} | absent}   one sentence for the visitor, shown for a
//             while, and perhaps a button behind it
//
// Values are replaced, never changed in place, so a listener may compare by identity.

const EMPTY = {
  models: [], model: null, about: null, seed: 0, prepare: true,
  source: null, source_a: null, source_b: null, digit: null, a: null, b: null,
  samples: null, walk: { method: "linear", steps: 16 }, path: null, path_at: 0.5, place: null,
  questions: false, compared: 2, notice: null,
};

export function createStore() {
  const state = { ...EMPTY };
  const listeners = new Set();
  return {
    get: (key) => state[key],

    // Merges `changes`, then tells the listeners of the keys that have changed.
    set(changes) {
      const changed = Object.keys(changes).filter((key) => state[key] !== changes[key]);
      if (changed.length === 0) return;
      Object.assign(state, changes);
      for (const listener of listeners) listener(changed);
    },

    // Calls `react(state)` now, and again whenever one of `keys` changes.
    on(keys, react) {
      listeners.add((changed) => {
        if (changed.some((key) => keys.includes(key))) react(state);
      });
      react(state);
    },
  };
}

// The page's own, and the one that shows notices.
export const store = createStore();
