// What the map says in words: what the canvas shows, where that is, and what the plane is.
import { fixed, grouped } from "../../frontend/js/format.js";
import { project } from "./geometry.js";
import { selectedModel } from "../../frontend/js/store.js";

const OFF = "Off the data: hardly an image is encoded here, so nothing taught the decoder what to draw.";

// {shown, at, off, note, announce, command} for a model, the visitor's digit (or null), whether a
// picture is looked up on the map, what put the point there ("pointer", "keys", null: nothing), the
// code z that is decoded, and whether it is where no test codes are.
export function describe({ about, digit, marked, by, z, off }, store) {
  const { latent_dim: size, plane } = about;
  let home = digit ? "Your image, decoded at its z" : "Decoded at z = 0, the center of the prior";
  if (marked) home = "The picture you chose, decoded at its z";
  const shown = { pointer: "Decoded at the pointer", keys: "Decoded at the cross" }[by] ?? home;
  const values = (size <= 2 ? z : project(plane, z)).map((value) => fixed(value)).join(", ");
  const at = size <= 2 ? `z = (${values})` : `on the plane (${values})`;
  const announce = by === "keys" ? `${at}${off ? ", off the data" : ""}` : "";
  return { shown, at, off: off ? OFF : "", announce, ...sentences({ about, digit, marked }, store) };
}

function sentences({ about, digit, marked }, store) {
  const { name, latent_dim: size, active, test_images: count, deterministic } = about;
  const home = marked ? "the chosen picture’s" : "your image’s (or at 0)";
  const rest = `the other ${size - 2} coordinates stay at ${home}.`;
  const note = [];
  if (size > 2 && active) {
    const codes = `${grouped(count)} test codes`;
    const plane = `The plane of the two leading principal components of the ${codes}`;
    note.push(`${plane}; ${rest}`);
  } else if (size > 2) note.push(`The plane of the first two coordinates; ${rest}`);
  if (active) note.push("Points: μ of test images. Dotted: 1σ, 2σ and 3σ of the prior.");
  if (!digit) note.push("Draw an image in the tab Reconstruct and it appears here.");
  else if (deterministic) note.push("Blue: the code of your image; it is a point, without a σ.");
  else note.push("Blue: μ of your image, in its posterior’s 1σ and 2σ; zoom in if they are small.");
  return {
    note: note.join(" "),
    command: active ? null : `python -m training.evaluate weights/${name}${dataOption(store)}`,
  };
}

// MNIST is found without being told where it lies.
const dataOption = (store) => (selectedModel(store)?.data === "MNIST" ? "" : " --data DIR");

// Writes what has changed; an unchanged live region stays silent.
export function write(find, { command, ...texts }) {
  for (const [name, text] of Object.entries({ ...texts, command: command ?? "" })) {
    if (find(name).textContent !== text) find(name).textContent = text;
  }
  find("missing").hidden = command === null;
}
