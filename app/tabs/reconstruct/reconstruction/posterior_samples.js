// Reconstructions of the visitor's image at samples of q(z|x).
import { attachImageMenu } from "../../../components/image_menu/image_menu.js";
import { bindDraw, noiseSeed } from "../../../components/sampling/resample.js";
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { make } from "../../../frontend/js/dom.js";
import { BLANK, nth, paint } from "../../../frontend/js/pixels.js";
import { latestOnly, pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const SAMPLES = 8;

export function posteriorSamples(element) {
  let shown = null; // the bytes of all images
  const canvases = Array.from({ length: SAMPLES }, (_, i) => {
    const canvas = make("canvas", "digit");
    canvas.setAttribute("aria-label", `Reconstruction ${i + 1} at z drawn from q(z|x)`);
    attachImageMenu(canvas, () => shown && { pixels: nth(shown, i) });
    return canvas;
  });
  const show = (bytes) => {
    shown = bytes;
    canvases.forEach((canvas, i) => paint(canvas, bytes ? nth(bytes, i) : BLANK));
  };
  element.querySelector(".tiles").append(...canvases);
  const resample = latestOnly("resample", ({ images }) => show(unpack(images)));
  const request = () => {
    const digit = store.get("digit");
    if (digit === null) {
      show(null);
      return;
    }
    resample({ model: digit.model, pixels: pack(digit.seen), count: SAMPLES, seed: noiseSeed() });
  };
  const requestSoon = debounceVisible(element, request);
  bindDraw(element.querySelector("button.action"));
  store.on(["digit", "seed", "draws"], requestSoon);
}
