// The visitor's state, shared by all tabs of the page. Panels that select other models have a second
// store with the same keys (study_store.js).
import { STEPS } from "./constants.js";

/**
 * A model that is offered for selection.
 * @typedef {object} Model
 * @property {string} name
 * @property {string} data   name of the data set
 * @property {boolean} digits   whether its images are digits
 * @property {"ink" | "resize"} prepare   how its images were preprocessed
 */

/**
 * The description of the selected model; encodings.py `summary`.
 * @typedef {object} About
 * @property {string} name
 * @property {number} latent_dim   Z
 * @property {boolean} deterministic
 * @property {boolean[] | null} active   whether each dimension is used
 * @property {number[][]} projection   two rows of Z numbers, the axes of the map
 * @property {[number, number] | null} test_terms   reconstruction and KL of the test images, in nats
 * @property {number | null} binarized   -ELBO of the binarized test images, in nats
 * @property {number | null} test_images   how many
 * @property {{name: string, z: number[]}[]} examples
 * @property {string | null} encoder   address of its file, if the page can encode
 * @property {string | null} decoder   address of its file, if the page can decode
 */

/**
 * An image of the visitor before encoding: a drawing has `pixels`, an upload `raw`, a decoded code `z`.
 * @typedef {object} Source
 * @property {Uint8Array} [pixels]   (PAD_SIDE, PAD_SIDE) of a drawing
 * @property {{strokes: object[], source: Source | null, example: boolean}} [drawing]   the content of the pad
 * @property {Uint8Array} [raw]   (28, 28), an upload by the plain resize
 * @property {Uint8Array | null} [prepared]   (28, 28), or null if no ink was found
 * @property {Uint8Array[]} [others]   (28, 28) each, other readings of an upload
 * @property {string} [remark]   about the reading of an upload
 * @property {number[]} [z]   the code that `prepared` was decoded from
 * @property {string} [model]   the model that decoded it
 * @property {boolean} [example]   whether the page chose it
 * @property {boolean} [prepare]   false uses the plain resize instead of MNIST's preprocessing
 */

/**
 * The encoding of a source; encodings.py `encoding`, with unpacked images.
 * @typedef {object} Encoding
 * @property {string} model
 * @property {Uint8Array} seen   (28, 28), the model's input
 * @property {Uint8Array} x_hat   (28, 28)
 * @property {number[]} mu   (Z)
 * @property {number[]} std   (Z)
 * @property {number[] | null} kl   (Z) in nats
 * @property {number} reconstruction   -E_q[log p(x|z)] in nats
 * @property {number | null} elbo   in nats
 * @property {number | null} share_above   share of the test images with a higher -ELBO
 * @property {number[]} z   mu, unless the source is a code of this model
 */

/**
 * Images of codes.
 * @typedef {object} Images
 * @property {string} model
 * @property {number[][]} z   (N, Z)
 * @property {Uint8Array} images   (N, 28, 28)
 */

/**
 * Values are replaced and never mutated, so listeners may compare by identity.
 * @typedef {object} State
 * @property {Model[]} models
 * @property {{remark: string, flagged: Object<string, number>} | null} digit_check   the sentence about an
 *   image that is not a digit, and the share of images of each kind that get it
 * @property {string | null} model   name of the selected model
 * @property {About | null} about   null while it is loading
 * @property {number} seed   of samples and of epsilon
 * @property {boolean} prepare   whether drawings and uploads are preprocessed like MNIST, if the model's data
 *   set was; pads copy it to their sources
 * @property {Source | null} source
 * @property {Source | null} source_a   of an interpolation's first image
 * @property {Source | null} source_b   of its second image
 * @property {Encoding | null} digit   of `source`; encodings.js writes it
 * @property {Encoding | null} a   of `source_a`
 * @property {Encoding | null} b   of `source_b`
 * @property {Images | null} samples
 * @property {{method: "linear" | "spherical", steps: number}} path_options   of the interpolation
 * @property {(Images & {fine: {z: number[][], images: Uint8Array}}) | null} path   the interpolation, and the
 *   same path with smaller steps; path.js writes it
 * @property {number} path_at   position on the path, from 0 (A) to 1 (B)
 * @property {{z: number[], model: string} | null} pinned   a code pinned on the map; reset when the visitor's
 *   image or the model changes
 * @property {number[][] | null} map_view   the ranges of the map's axes, or null for the initial ones; reset
 *   when the model changes
 * @property {number[]} hidden_classes   positions of the classes that the map's legend hides; reset when the
 *   model changes
 * @property {{z: number[], model: string} | null} slider_code   the code of the latent sliders, or null before
 *   one is moved; reset like `pinned`
 * @property {number} draws   how many times the visitor resampled epsilon; added to the seed
 * @property {string} tab   the open tab; gradio_tabs.js writes it
 * @property {string} compare_panel   the open panel of Compare
 * @property {string} objective_panel   the open panel of Objective
 * @property {string} stage   the stage in view in How it works
 * @property {string} traced   the model that How it works traces; "" for the selected one
 * @property {number} weight   lambda, of the model in the panel lambda
 * @property {number} count   of the samples in the tab Sample
 * @property {number} temperature   of these samples
 * @property {string[]} layers   the layers that are switched on in the map
 * @property {boolean} questions   whether the panels show their questions for a class
 * @property {2 | 32} compared   the latent dimensions of the models in the tab Compare
 * @property {"noise" | "occlusion"} damage   how Compare corrupts the image
 * @property {number} damaged_share   how much of the image Compare corrupts, from 0 to 0.6
 * @property {"model" | "gaussian" | "mixture"} sample_prior   of Compare's samples
 * @property {"model" | "mixture"} density_prior   of Compare's densities
 * @property {"all" | "prior"} code_scale   the view of Compare's codes
 * @property {number | null} snapshot   index of the replay's snapshot; null for the last one
 * @property {number} head_input   a, of the panel of the variance heads
 * @property {boolean} draw_pixels   whether the tab Sample draws pixels from p(x|z)
 * @property {boolean} details   whether Details is open in the tab Reconstruct
 * @property {string | null} lesson   the open chapter of the lesson
 * @property {boolean} present   whether the page is in presentation mode
 * @property {string[]} hide   the parts of the page that are hidden (shell/view/style.css)
 * @property {{text: string, action?: {text: string, run: Function}} | null} notice   a message for some
 *   seconds, with an optional button
 * @property {"lost" | "outdated" | null} connection   "lost" while the server does not answer, "outdated" when
 *   it serves a newer version of the page; connection.js writes it
 */

/** @type {State} */
export const DEFAULTS = {
  models: [], digit_check: null, model: null, about: null, seed: 0, prepare: true,
  source: null, source_a: null, source_b: null, digit: null, a: null, b: null,
  samples: null, path_options: { method: "linear", steps: STEPS }, path: null, path_at: 0.5,
  pinned: null, map_view: null, hidden_classes: [], slider_code: null, draws: 0,
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
    /** @type {<Key extends keyof State>(key: Key) => State[Key]} */
    get: (key) => state[key],

    /**
     * Merges `changes`, then calls the listeners of the changed keys.
     * @param {Partial<State>} changes
     */
    set(changes) {
      const changed = Object.keys(changes).filter((key) => state[key] !== changes[key]);
      if (changed.length === 0) return;
      Object.assign(state, changes);
      for (const listener of listeners) listener(changed);
    },

    /**
     * Calls `callback` now and whenever one of `keys` changes. Returns a function that unsubscribes.
     * @param {string[]} keys   of State
     * @param {(state: State) => void} callback
     */
    on(keys, callback) {
      const listener = (changed) => {
        if (changed.some((key) => keys.includes(key))) callback(state);
      };
      listeners.add(listener);
      callback(state);
      return () => listeners.delete(listener);
    },

    /**
     * Resolves to the state once it fulfills `condition`, which depends on `keys`.
     * @param {string[]} keys   of State
     * @param {(state: State) => boolean} condition
     */
    async when(keys, condition) {
      if (condition(state)) return state;
      return new Promise((resolve) => {
        const stop = this.on(keys, () => {
          if (!condition(state)) return;
          stop();
          resolve(state);
        });
      });
    },
  };
}

// The page's store, whose notices are shown.
export const store = createStore();

export const notifyError = (error) => store.set({ notice: { text: error.message } });

// The entry of `models` for a store's selected model; undefined before the models are set.
export const selectedModel = (from = store) =>
  from.get("models").find(({ name }) => name === from.get("model"));
