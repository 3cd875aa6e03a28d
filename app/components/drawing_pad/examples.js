// The pictures that a pad offers to start from: digits, as strokes that can be drawn on; for a model
// of other data some of its own test images, decoded.
import { decoderOf } from "../../frontend/js/decoder.js";
import { asSource } from "../picture_menu/picture_menu.js";
import { nth, paint } from "../../frontend/js/pixels.js";
import { latestOnly } from "../../frontend/js/rpc.js";
import { selectedModel, store } from "../../frontend/js/store.js";
import { drawStrokes } from "./strokes.js";

const THUMBNAIL_SIDE = 84;

// Keeps the buttons in `host` those of the chosen model. What they stand for is {name, strokes} or
// {name, source}: `content(ready)` is that as a pad's content, `take(ready)` is called for a click,
// `changed([ready])` when other ones are offered.
export function followReady(host, digits, { content, take, changed }) {
  const ofDigits = digits.map((strokes, digit) => ({ name: digit, strokes }));
  let offered = null;
  function offer(ready) {
    if (ready === offered) return;
    offered = ready;
    host.replaceChildren(...ready.map((one) => button(one, content(one), () => take(one))));
    changed(ready);
  }
  const decode = latestOnly(decoded, offer, { isWanted: ({ name }) => name === store.get("model") });
  store.on(["model", "about"], ({ about }) => {
    if (selectedModel()?.digits) offer(ofDigits);
    else if (about !== null && about.name === selectedModel()?.name) decode(about);
  });
}

// What a model of other data offers: nothing, before it has been evaluated.
async function decoded(about) {
  if (about.ready.length === 0) return [];
  const bytes = await decoderOf(about)(about.ready.map(({ z }) => z));
  return about.ready.map(({ name, z }, i) => {
    return { name, source: asSource({ pixels: nth(bytes, i), z, model: about.name }) };
  });
}

function button({ name }, { strokes, source }, take) {
  const start = document.createElement("button");
  start.type = "button";
  start.title = `Start from a ready ${name}`;
  start.setAttribute("aria-label", start.title);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = THUMBNAIL_SIDE;
  if (source) paint(canvas, source.prepared);
  else drawStrokes(canvas.getContext("2d"), strokes);
  const image = document.createElement("img"); // the pad's one canvas is the one to draw on
  Object.assign(image, { src: canvas.toDataURL(), alt: "", draggable: false });
  start.append(image);
  start.addEventListener("click", take);
  return start;
}
