// The decoder of one model, as the page sees it: codes in, bytes out. This is the one place that
// knows where the decoding happens.
import { call, unpack } from "./server.js";

// `decodeAt(z)` for a model (store.js `about`): one code (Z) or a batch (B, Z), B <= 400, to
// a promise of 784 bytes for each.
export const decoderOf = ({ name }) =>
  async (z) => unpack((await call("decode", { model: name, z })).images);
