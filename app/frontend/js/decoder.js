// The decoder of one model, as the page sees it: codes in, bytes out. This is the one place that
// knows where the decoding happens.
import { fetchDecoder } from "./mlp_decoder.js";
import { addressOf, call, unpack } from "./rpc.js";

const fetched = new Map(); // address -> {decode}, null until it has arrived

// `decodeAt(z)` for a model (store.js `about`): one code (Z) or a batch (B, Z), B <= 400, to
// a promise of 784 bytes for each. A decoder that is small enough runs in the page, one code at a
// time; a batch would hold the page up for longer than the server takes.
export function decoderOf({ name, decoder }) {
  const inPage = decoder ? arriving(addressOf(decoder)) : { decode: null };
  return async (z) => {
    if (inPage.decode && typeof z[0] === "number") return inPage.decode(z);
    return unpack((await call("decode", { model: name, z })).images);
  };
}

// Fetched once for the whole page; the server decodes until it is here, or if it never comes.
function arriving(address) {
  if (!fetched.has(address)) {
    const held = { decode: null };
    fetched.set(address, held);
    fetchDecoder(address).then((decode) => { held.decode = decode; }, () => fetched.delete(address));
  }
  return fetched.get(address);
}
