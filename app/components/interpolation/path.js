// Keeps store.path up to date: requests the path from A to B when an endpoint, the method or the number
// of steps changes.
import { PIXELS, nth } from "../../frontend/js/pixels.js";
import { latestOnly, unpack } from "../../frontend/js/rpc.js";
import { notifyError, store } from "../../frontend/js/store.js";

// Minimum number of small steps. With so many, a blend of two neighboring images differs from the
// decoded image between them by a few gray levels.
const FINE = 40;

let started = false;

// Starts the updates at the first call.
export function followPath() {
  if (started) return;
  started = true;
  const request = latestOnly("interpolate", onResult, {
    isWanted: ({ model }) => isOf(model, store.get("a"), store.get("b")) && model === store.get("model"),
    fail: (error) => {
      store.set({ path: null });
      notifyError(error);
    },
  });
  store.on(["a", "b", "path_options", "model"], ({ a, b, path_options: options, model }) => {
    if (a === null || b === null) store.set({ path: null });
    if (!isOf(model, a, b)) return; // the encodings are still being requested
    const stride = Math.ceil(FINE / (options.steps - 1));
    const steps = (options.steps - 1) * stride + 1;
    request({ model, z_a: a.z, z_b: b.z, steps, method: options.method, stride });
  });
}

const isOf = (model, a, b) => a?.model === model && b?.model === model;

function onResult(answer, { model, stride }) {
  const fine = { z: answer.z, images: unpack(answer.images) };
  const z = fine.z.filter((_, i) => i % stride === 0);
  const images = new Uint8Array(z.length * PIXELS);
  z.forEach((_, i) => images.set(nth(fine.images, i * stride), i * PIXELS));
  store.set({ path: { model, z, images, fine } });
}

// Returns the code at t in [0, 1] on a path. It is exact on a straight line; on an arc the error is at
// most the sagitta of one small step.
export function codeAt({ fine }, t) {
  const [i, share] = between(fine.z.length, t);
  return fine.z[i].map((value, k) => value + share * (fine.z[i + 1][k] - value));
}

// Returns the image at t, blended from its two decoded neighbors.
export function imageAt({ fine }, t) {
  const [i, share] = between(fine.z.length, t);
  return blend(nth(fine.images, i), nth(fine.images, i + 1), share);
}

// Returns the cross-fade of two images: (1 - share) one + share other.
export function blend(one, other, share) {
  return one.map((value, i) => Math.round(value + share * (other[i] - value)));
}

function between(count, t) {
  const i = Math.min(Math.floor(t * (count - 1)), count - 2);
  return [i, t * (count - 1) - i];
}
