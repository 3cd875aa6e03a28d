// The example images below a pad: digits, as strokes that can be continued; for a model of other data,
// some of its test images, decoded.
import { EXAMPLE_DIGITS } from "../../frontend/js/constants.js";
import { decoderOf } from "../../frontend/js/networks/decoder.js";
import { asSource } from "../image_menu/image_menu.js";
import { nth, paint } from "../../frontend/js/pixels.js";
import { latestOnly } from "../../frontend/js/rpc.js";
import { selectedModel, store } from "../../frontend/js/store.js";
import { imageButton } from "./image_button.js";
import { drawStrokes } from "./strokes.js";

const THUMBNAIL_SIDE = 84;
const DIGITS = EXAMPLE_DIGITS.map((strokes, digit) => ({ name: digit, strokes }));

// Fills `host` with a button for each example of the selected model. An example is {name, strokes} or
// {name, source}; `content(example)` converts it to a pad's content. Calls `select(example)` for a click
// and `changed(examples)` when the examples change.
export function followExamples(host, { content, select, changed }) {
  let offered = null;
  function offer(examples) {
    if (examples === offered) return;
    offered = examples;
    host.replaceChildren(...examples.map((one) => button(one, content(one), () => select(one))));
    changed(examples);
  }
  const decode = latestOnly(decoded, offer, { isWanted: ({ name }) => name === store.get("model") });
  store.on(["model", "about"], ({ about }) => {
    if (selectedModel()?.digits) offer(DIGITS);
    else if (about !== null && about.name === selectedModel()?.name) decode(about);
  });
}

// Resolves to the examples of a model of other data; an empty list before it is evaluated.
async function decoded(about) {
  if (about.examples.length === 0) return [];
  const bytes = await decoderOf(about)(about.examples.map(({ z }) => z));
  return about.examples.map(({ name, z }, i) => {
    return { name, source: asSource({ pixels: nth(bytes, i), z, model: about.name }) };
  });
}

function button({ name }, { strokes, source }, select) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = THUMBNAIL_SIDE;
  if (source) paint(canvas, source.prepared);
  else drawStrokes(canvas.getContext("2d"), strokes);
  return imageButton(`Start from a ready ${name}`, canvas, select);
}
