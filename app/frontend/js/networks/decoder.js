// The decoder of one model, run in the page or on the server: codes in, bytes out.
import { call, unpack } from "../rpc.js";
import { loadNetwork } from "./network.js";

// Returns `decodeAt(z)` for a model (store.js `about`): from one code (Z) or a batch (B, Z), B <= 400,
// to a promise of 784 bytes per code. A small decoder decodes single codes in the page once it is loaded;
// a batch would block the page for longer than a request takes.
export function decoderOf({ name, decoder }) {
  let inPage = null;
  if (decoder) loadNetwork(decoder).then((network) => { inPage = network; }, () => {});
  return async (z) => {
    if (inPage && typeof z[0] === "number") return meansOf(inPage.run(z));
    return unpack((await call("decode", { model: name, z })).images);
  };
}

// Returns the means of p(x|z) as bytes, for the decoder's logits.
export const meansOf = (x_logits) => Uint8Array.from(x_logits, (logit) => Math.round(255 / (1 + Math.exp(-logit))));
