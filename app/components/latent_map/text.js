// The texts of the map: what the canvas shows, its position, and a description of the plane.
import { fixed, grouped } from "../../frontend/js/format.js";
import { project } from "./geometry.js";
import { selectedModel } from "../../frontend/js/store.js";

const OFF = "Off the data: few test images are encoded here, so the decoder has learned little about this region.";

// Returns the texts {shown, at, off, note, announce, command} for a model, the encoding of the visitor's
// image (or null), whether a code is pinned, the input that set the point ("pointer", "keys" or null),
// the decoded code z, and whether it is outside the region with test codes.
export function describe({ about, digit, pinned, by, z, off }, store) {
  const { latent_dim: size, projection } = about;
  let home = digit ? "Your image, decoded at its z" : "Decoded at z = 0, the center of the prior";
  if (pinned) home = "The image you chose, decoded at its z";
  const shown = { pointer: "Decoded at the pointer", keys: "Decoded at the cross" }[by] ?? home;
  const values = (size <= 2 ? z : project(projection, z)).map((value) => fixed(value)).join(", ");
  const at = size <= 2 ? `z = (${values})` : `on the plane (${values})`;
  const announce = by === "keys" ? `${at}${off ? ", off the data" : ""}` : "";
  return { shown, at, off: off ? OFF : "", announce, ...sentences({ about, digit, pinned }, store) };
}

function sentences({ about, digit, pinned }, store) {
  const { name, latent_dim: size, active, test_images: count, deterministic } = about;
  const home = pinned ? "the chosen image’s" : "your image’s (or at 0)";
  const rest = `the other ${size - 2} coordinates stay at ${home}.`;
  const note = [];
  if (size > 2 && active) {
    const codes = `${grouped(count)} test codes`;
    const plane = `The plane of the two leading principal components of the ${codes}`;
    note.push(`${plane}; ${rest}`);
  } else if (size > 2) note.push(`The plane of the first two coordinates; ${rest}`);
  if (!digit) note.push("Draw an image in the tab Reconstruct and it appears here.");
  else if (deterministic) note.push("Blue: the code of your image, a point without σ.");
  else note.push("Blue: μ of your image, with 1σ and 2σ of q(z|x); zoom in if they are small.");
  return {
    note: note.join(" "),
    command: active ? null : `python -m training.evaluate weights/${name}${dataOption(store)}`,
  };
}

// MNIST needs no --data option.
const dataOption = (store) => (selectedModel(store)?.data === "MNIST" ? "" : " --data DIR");

// Writes changed texts only, because a write to a live region is announced.
export function write(find, { command, ...texts }) {
  for (const [name, text] of Object.entries({ ...texts, command: command ?? "" })) {
    if (find(name).textContent !== text) find(name).textContent = text;
  }
  find("missing").hidden = command === null;
  find("points").hidden = command !== null;
}
