// Keeps store.path the way from A to B: whenever an end, the method or the number of steps changes,
// asks Python for it, newest first.
import { PIXELS, nth } from "../../frontend/js/pixels.js";
import { latestOnly, unpack } from "../../frontend/js/rpc.js";
import { notifyError, store } from "../../frontend/js/store.js";

const FINE = 40; // at least this many small steps: the blend of two neighbors is then within a few
                 // gray levels of the decode between them

let started = false;

// Called by whoever needs the path; the first call counts.
export function followPath() {
  if (started) return;
  started = true;
  const ask = latestOnly("interpolate", deliver, {
    isWanted: ({ model }) => isOf(model, store.get("a"), store.get("b")) && model === store.get("model"),
    fail: (error) => {
      store.set({ path: null });
      notifyError(error);
    },
  });
  store.on(["a", "b", "walk", "model"], ({ a, b, walk, model }) => {
    if (a === null || b === null) store.set({ path: null });
    if (!isOf(model, a, b)) return; // digit.js is about to bring what is missing
    const stride = Math.ceil(FINE / (walk.steps - 1));
    const steps = (walk.steps - 1) * stride + 1;
    ask({ model, z_a: a.z, z_b: b.z, steps, method: walk.method, stride });
  });
}

const isOf = (model, a, b) => a?.model === model && b?.model === model;

function deliver(answer, { model, stride }) {
  const fine = { z: answer.z, images: unpack(answer.images) };
  const z = fine.z.filter((_, i) => i % stride === 0);
  const images = new Uint8Array(z.length * PIXELS);
  z.forEach((_, i) => images.set(nth(fine.images, i * stride), i * PIXELS));
  store.set({ path: { model, z, images, fine } });
}

// The code at t in [0, 1] on a path; exact on a straight line, and on an arc but for the sagitta of
// one small step.
export function codeAt({ fine }, t) {
  const [i, share] = between(fine.z.length, t);
  return fine.z[i].map((value, k) => value + share * (fine.z[i + 1][k] - value));
}

// The picture at t, blended from its two decoded neighbors.
export function pictureAt({ fine }, t) {
  const [i, share] = between(fine.z.length, t);
  return blend(nth(fine.images, i), nth(fine.images, i + 1), share);
}

// The pixel cross-fade of two pictures: (1 - share) one + share other.
export function blend(one, other, share) {
  return one.map((value, i) => Math.round(value + share * (other[i] - value)));
}

function between(count, t) {
  const i = Math.min(Math.floor(t * (count - 1)), count - 2);
  return [i, t * (count - 1) - i];
}
