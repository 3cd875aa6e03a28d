// Reconstructions of the visitor's image at samples of q(z|x).
import { attachPictureMenu } from "../../../components/picture_menu/picture_menu.js";
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { make } from "../../../frontend/js/dom.js";
import { BLANK, nth, paint } from "../../../frontend/js/pixels.js";
import { latestOnly, pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const SAMPLES = 8;
const SEEDS = 2 ** 32;

export function posteriorSamples(element) {
  let shown = null; // the bytes of all images
  const canvases = Array.from({ length: SAMPLES }, (_, i) => {
    const canvas = make("canvas", "digit");
    canvas.setAttribute("aria-label", `Reconstruction ${i + 1} at z drawn from q(z|x)`);
    attachPictureMenu(canvas, () => shown && { pixels: nth(shown, i) });
    return canvas;
  });
  const show = (bytes) => {
    shown = bytes;
    canvases.forEach((canvas, i) => paint(canvas, bytes ? nth(bytes, i) : BLANK));
  };
  element.querySelector(".tiles").append(...canvases);
  let draws = 0; // number of times that epsilon was resampled
  const resample = latestOnly("resample", ({ images }) => show(unpack(images)));
  const request = () => {
    const digit = store.get("digit");
    if (digit === null) {
      show(null);
      return;
    }
    const seed = (store.get("seed") + draws) % SEEDS;
    resample({ model: digit.model, pixels: pack(digit.seen), count: SAMPLES, seed });
  };
  const requestSoon = debounceVisible(element, request);
  element.querySelector("button.action").addEventListener("click", () => {
    draws += 1;
    request();
  });
  store.on(["digit", "seed"], requestSoon);
}
