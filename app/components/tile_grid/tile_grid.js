// Pictures as one grid: a canvas at its own resolution. One button, moved over the canvas by pointer
// and arrow keys, stands for the tile it covers: 400 pictures are then one stop of the Tab key.
import { givePictureMenu } from "../picture_menu/picture_menu.js";
import { nth, paintGrid } from "../../frontend/js/pixels.js";

// The grid in an element with the markup of tile_grid.py; `show` takes the store's `samples`.
export function tileGrid(element) {
  const canvas = element.querySelector("canvas");
  const tile = element.querySelector(".tile");
  let samples = null;
  let columns = 1;
  let current = 0;

  function show(next) {
    samples = next;
    const count = next.z.length;
    columns = Math.ceil(Math.sqrt(count));
    paintGrid(canvas, next.images, count, columns);
    canvas.setAttribute("aria-label", `${count} samples`);
    tile.hidden = false;
    moveTo(Math.min(current, count - 1));
    fit();
  }

  function moveTo(index) {
    current = index;
    const rows = Math.ceil(samples.z.length / columns);
    tile.style.width = `${100 / columns}%`;
    tile.style.height = `${100 / rows}%`;
    tile.style.left = `${(100 * (index % columns)) / columns}%`;
    tile.style.top = `${(100 * Math.floor(index / columns)) / rows}%`;
    tile.setAttribute("aria-label", `Sample ${index + 1} of ${samples.z.length}`);
  }

  // As large as there is room for, in whole screen pixels for each of the picture's where that
  // does not waste much: then all are of one size.
  function fit() {
    const room = Math.min(element.parentElement.clientWidth, 0.82 * window.innerHeight);
    const single = canvas.width / window.devicePixelRatio;
    const whole = Math.floor(room / single) * single;
    element.style.width = `${whole > 0.75 * room ? whole : room}px`;
    canvas.classList.toggle("shrunk", whole === 0);
  }

  // The tile under the pointer, null off the pictures.
  function under(event) {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor((event.clientY - box.top) / (box.width / columns));
    const index = row * columns + column;
    return column >= 0 && column < columns && samples && index >= 0 && index < samples.z.length
      ? index : null;
  }
  element.addEventListener("pointermove", (event) => {
    const index = under(event);
    if (index !== null && tile.getAttribute("aria-expanded") !== "true") moveTo(index);
  });
  // In the capture phase: a touch arrives without a move before it, and the click must find the
  // tile already there.
  element.addEventListener("pointerdown", (event) => {
    const index = under(event);
    if (index !== null) moveTo(index);
  }, true);
  canvas.addEventListener("click", (event) => {
    if (under(event) !== null) tile.click();
  });

  tile.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const last = samples.z.length - 1;
    const next = { Home: 0, End: last }[event.key] ?? current + (steps[event.key] ?? NaN);
    if (Number.isNaN(next)) return;
    event.preventDefault();
    if (next >= 0 && next <= last) moveTo(next);
  });
  givePictureMenu(tile, () => ({
    pixels: nth(samples.images, current), z: samples.z[current], model: samples.model,
  }));
  new ResizeObserver(() => samples && fit()).observe(element.parentElement);
  window.addEventListener("resize", () => samples && fit());
  return { canvas, show };
}
