// Shows where on the way from A to B the visitor is: the decoded picture, and for contrast the
// cross-fade of the two ends' pixels.
import { decoderOf } from "../../frontend/js/decoder.js";
import { fixed } from "../../frontend/js/format.js";
import { blend, codeAt, followPath, pictureAt } from "./path.js";
import { givePictureMenu } from "../../components/picture_menu/picture_menu.js";
import { nth, paint } from "../../frontend/js/pixels.js";
import { notifyError, store } from "../../frontend/js/store.js";

// While the position moves, two neighbors of the fine path are blended, at the display's rate; at
// rest for this long (ms) the very code is decoded. Asking every frame would ask for pictures that
// nobody sees any more when they come.
const REST_MS = 60;

export function mount(element) {
  followPath();
  const [decoded, fade] = element.querySelectorAll("canvas");
  const position = element.querySelector("[data-text=position]");
  let shown = null; // {pixels, z, model} of the decoded canvas
  let faded = null; // the bytes of the other one
  let timer;

  async function decodeExactly(about, asked) {
    try {
      const pixels = await decoderOf(about)(asked.z);
      if (asked !== shown) return; // moved on in the meantime
      shown = { ...asked, pixels };
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
    shown = { pixels: pictureAt(path, t), z: codeAt(path, t), model: path.model };
    paint(decoded, shown.pixels);
    faded = blend(nth(path.images, 0), nth(path.images, path.z.length - 1), t);
    paint(fade, faded);
    position.textContent = `t = ${fixed(t)}, ‖z‖ = ${fixed(Math.hypot(...shown.z))}`;
    const asked = shown;
    if (about?.name !== path.model) return; // one of the two is about to come
    timer = setTimeout(() => decodeExactly(about, asked), REST_MS);
  }
  store.on(["path", "path_at", "about"], show);
  givePictureMenu(decoded, () => shown);
  givePictureMenu(fade, () => faded && { pixels: faded });
}
