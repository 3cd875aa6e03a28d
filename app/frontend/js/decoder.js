// The decoder of one model, run in the page or on the server: codes in, bytes out.
import { fetchDecoder } from "./mlp_decoder.js";
import { addressOf, call, unpack } from "./rpc.js";

const fetched = new Map(); // URL -> {decode}, null until it is loaded

// Returns `decodeAt(z)` for a model (store.js `about`): from one code (Z) or a batch (B, Z), B <= 400,
// to a promise of 784 bytes per code. A small decoder decodes single codes in the page; a batch would
// block the page for longer than a request takes.
export function decoderOf({ name, decoder }) {
  const inPage = decoder ? load(addressOf(decoder)) : { decode: null };
  return async (z) => {
    if (inPage.decode && typeof z[0] === "number") return inPage.decode(z);
    return unpack((await call("decode", { model: name, z })).images);
  };
}

// Loads each decoder once per page; the server decodes until it is loaded, and if loading fails.
function load(address) {
  if (!fetched.has(address)) {
    const entry = { decode: null };
    fetched.set(address, entry);
    fetchDecoder(address).then((decode) => { entry.decode = decode; }, () => fetched.delete(address));
  }
  return fetched.get(address);
}
