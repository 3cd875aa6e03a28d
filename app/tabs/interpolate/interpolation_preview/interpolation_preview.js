// Shows the image decoded at the current position of the path and, for comparison, the cross-fade of
// the endpoints' pixels.
import { decoderOf } from "../../../frontend/js/networks/decoder.js";
import { fixed } from "../../../frontend/js/format.js";
import { blend, codeAt, followPath, imageAt } from "../../../components/interpolation/path.js";
import { attachImageMenu } from "../../../components/image_menu/image_menu.js";
import { nth, paint } from "../../../frontend/js/pixels.js";
import { notifyError, store } from "../../../frontend/js/store.js";

// While the position changes, the two nearest images of the path are blended in every frame. The exact
// code is decoded once the position has not changed for this many milliseconds: the answer to a request
// per frame would be outdated when it arrives.
const REST_MS = 60;

export function mount(element) {
  followPath();
  const [decoded, fade] = element.querySelectorAll("canvas");
  const position = element.querySelector("[data-text=position]");
  let shown = null; // {pixels, z, model} of the decoded canvas
  let faded = null; // the bytes of the other one
  let timer;

  async function decodeExactly(about, current) {
    try {
      const pixels = await decoderOf(about)(current.z);
      if (current !== shown) return; // the position changed in the meantime
      shown = { ...current, pixels };
      paint(decoded, pixels);
    } catch (error) {
      notifyError(error);
    }
  }

  function show({ path, path_at: t, about }) {
    clearTimeout(timer);
    element.classList.toggle("empty", path === null);
    if (path === null) {
      shown = null;
      faded = null;
      position.textContent = "choose A and B";
      return;
    }
    shown = { pixels: imageAt(path, t), z: codeAt(path, t), model: path.model };
    paint(decoded, shown.pixels);
    faded = blend(nth(path.images, 0), nth(path.images, path.z.length - 1), t);
    paint(fade, faded);
    position.textContent = `t = ${fixed(t)}, ‖z‖ = ${fixed(Math.hypot(...shown.z))}`;
    const current = shown;
    if (about?.name !== path.model) return; // the path of the new model is still being requested
    timer = setTimeout(() => decodeExactly(about, current), REST_MS);
  }
  store.on(["path", "path_at", "about"], show);
  attachImageMenu(decoded, () => shown);
  attachImageMenu(fade, () => faded && { pixels: faded });
}
