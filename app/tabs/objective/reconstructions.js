// Pictures and what a model of the study makes of them: the visitor's digit, then some ready ones.
import { givePictureMenu } from "../../components/picture_menu/picture_menu.js";
import { BLANK, paint } from "../../frontend/js/pixels.js";
import { call, latestOnly, pack, unpack } from "../../frontend/js/rpc.js";
import { rasterize } from "../../components/drawing_pad/strokes.js";

const READY = [2, 4, 5, 8]; // which of the ready digits
const SIDE = 84; // of a drawing, as the server takes it
const BRUSH = 0.09; // as wide as the pad's

const found = new Map(); // model -> a promise of what it makes of the ready digits

// [{model, seen, x_hat, mu}] of the ready digits, asked once for the whole page.
export function readyOf(model, digits) {
  if (!found.has(model)) {
    const asked = Promise.all(READY.map((digit) => seeDrawing(model, digits[digit])));
    found.set(model, asked);
    asked.catch(() => found.delete(model));
  }
  return found.get(model);
}

async function seeDrawing(model, strokes) {
  const drawing = strokes.map((points) => ({ points, width: BRUSH }));
  const pixels = pack(rasterize(drawing, SIDE));
  const { seen, x_hat, mu } = await call("encode", { model, pixels, prepare: true });
  return { model, mu, seen: unpack(seen), x_hat: unpack(x_hat) };
}

// Keeps the pairs of canvases in `host` those of the store's model.
export function followReconstructions(host, study, digits) {
  const [own, ...others] = [...host.querySelectorAll(".pair")].map(createPair);
  study.on(["digit"], ({ digit }) => own(digit));
  const show = latestOnly((model) => readyOf(model, digits), (answers) => {
    others.forEach((pair, i) => pair(answers[i]));
  }, { isWanted: (model) => model === study.get("model") });
  study.on(["model"], ({ model }) => show(model));
}

// A function that shows a digit (store.js), or null, in the two canvases of `host`.
export function createPair(host) {
  const [input, output] = host.querySelectorAll("canvas");
  let digit = null;
  givePictureMenu(input, () => digit && { pixels: digit.seen });
  givePictureMenu(output, () => digit && { pixels: digit.x_hat, z: digit.mu, model: digit.model });
  return (next) => {
    digit = next;
    paint(input, next?.seen ?? BLANK);
    paint(output, next?.x_hat ?? BLANK);
  };
}
