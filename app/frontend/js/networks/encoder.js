// Encodes images in the page, as encodings.py does on the server.
import { sum } from "../format.js";
import { PIXELS } from "../pixels.js";
import { meansOf } from "./decoder.js";
import { loadNetwork } from "./network.js";
import { prepareDrawing } from "./prepare_drawing.js";

// Resolves to a function from the bytes of an image and how a drawing is preprocessed ("ink", "resize") to
// the encoding (store.js `digit`, without z); null if Python must prepare the drawing.
export async function loadEncoder({ name, latent_dim, encoder, decoder }) {
  const [encode, decode] = await Promise.all([encoder, decoder].map(loadNetwork));
  const epsilon = JSON.parse(encode.metadata.epsilon);
  const test = encode.tensors.get("test.negative_elbo")?.values;
  return (bytes, prepare) => {
    const x = bytes.length === PIXELS ? Float32Array.from(bytes, (byte) => byte / 255) : prepareDrawing(bytes, prepare);
    if (x === null) return null;
    const output = [...encode.run(x)];
    const [mu, logvar] = [output.slice(0, latent_dim), output.slice(latent_dim)];
    const std = logvar.map((value) => Math.exp(value / 2));
    const kl = mu.map((mean, i) => (mean ** 2 + std[i] ** 2 - 1 - logvar[i]) / 2);
    const z = epsilon.map((eps) => mu.map((mean, i) => mean + std[i] * eps[i]));
    const reconstruction = sum(z.map((code) => crossEntropy(decode.run(code), x))) / z.length;
    const elbo = -(reconstruction + sum(kl));
    const seen = Uint8Array.from(x, (value) => Math.round(255 * value));
    const share_above = test ? test.filter((other) => other > -elbo).length / test.length : null;
    return { model: name, seen, x_hat: meansOf(decode.run(mu)), mu, std, reconstruction, kl, elbo, share_above };
  };
}

const softplus = (logit) => Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)));

// Returns −log p(x|z) in nats, p being a Bernoulli with these logits.
function crossEntropy(x_logits, x) {
  let nats = 0;
  for (let i = 0; i < x.length; i++) nats += softplus(x_logits[i]) - x_logits[i] * x[i];
  return nats;
}
