// Samples an image from the prior and writes it to the store as a source.
import { asSource } from "../image_menu/image_menu.js";
import { MAX_SEED } from "../../frontend/js/constants.js";
import { call, unpack } from "../../frontend/js/rpc.js";
import { notifyError, store } from "../../frontend/js/store.js";

// `key` is the store's key: "source", "source_a" or "source_b".
export async function drawSample(key) {
  const model = store.get("model");
  const seed = Math.floor(Math.random() * (MAX_SEED + 1));
  try {
    const { z, images } = await call("sample", { model, count: 1, temperature: 1, seed });
    store.set({ [key]: asSource({ pixels: unpack(images), z: z[0], model }) });
  } catch (error) {
    notifyError(error);
  }
}
