// Images and their reconstructions by a model of the study: the visitor's image and example digits.
import { attachImageMenu } from "../../../components/image_menu/image_menu.js";
import { EXAMPLE_DIGITS, PAD_SIDE } from "../../../frontend/js/constants.js";
import { BLANK, paint } from "../../../frontend/js/pixels.js";
import { call, latestOnly, pack, unpack } from "../../../frontend/js/rpc.js";
import { rasterize } from "../../../components/drawing_pad/strokes.js";

const BRUSH = 0.09; // width, as on the pad

const encodings = new Map(); // model -> promise of the encodings of the example digits

// Resolves to [{model, seen, x_hat, mu}] of the example digits, requested once per page.
export function exampleEncodings(model, examples) {
  if (!encodings.has(model)) {
    const promise = Promise.all(examples.map((digit) => encodeDrawing(model, EXAMPLE_DIGITS[digit])));
    encodings.set(model, promise);
    promise.catch(() => encodings.delete(model));
  }
  return encodings.get(model);
}

async function encodeDrawing(model, strokes) {
  const drawing = strokes.map((points) => ({ points, width: BRUSH }));
  const pixels = pack(rasterize(drawing, PAD_SIDE));
  const { seen, x_hat, mu } = await call("encode", { model, pixels, prepare: true });
  return { model, mu, seen: unpack(seen), x_hat: unpack(x_hat) };
}

// Keeps the pairs of canvases in `host` up to date with the store's model.
export function followReconstructions(host, study, examples) {
  const [first, ...others] = [...host.querySelectorAll(".pair")].map(createPair);
  study.on(["digit"], ({ digit }) => first(digit));
  const show = latestOnly((model) => exampleEncodings(model, examples), (answers) => {
    others.forEach((pair, i) => pair(answers[i]));
  }, { isWanted: (model) => model === study.get("model") });
  study.on(["model"], ({ model }) => show(model));
}

// Returns a function that shows an encoding (`digit` in store.js), or null, in the canvases of `host`.
export function createPair(host) {
  const [input, output] = host.querySelectorAll("canvas");
  let digit = null;
  attachImageMenu(input, () => digit && { pixels: digit.seen });
  attachImageMenu(output, () => digit && { pixels: digit.x_hat, z: digit.mu, model: digit.model });
  return (next) => {
    digit = next;
    paint(input, next?.seen ?? BLANK);
    paint(output, next?.x_hat ?? BLANK);
  };
}
