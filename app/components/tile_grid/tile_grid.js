// A grid of images on one canvas at its native resolution. Pointer and arrow keys move one button over
// the tiles, so that 400 images are a single tab stop.
import { attachImageMenu } from "../image_menu/image_menu.js";
import { nth, paintGrid, SIDE } from "../../frontend/js/pixels.js";

// Binds an element with the markup of frontend/macros.html, and reserves the space of `expected` images.
// Returns {canvas, show(samples)}, see `samples` in store.js.
export function tileGrid(element, expected) {
  const canvas = element.querySelector("canvas");
  const tile = element.querySelector(".tile");
  let samples = null;
  let columns = 1;
  let current = 0;

  function show(next) {
    samples = next;
    const count = next.z.length;
    reserve(count);
    paintGrid(canvas, next.images, count, columns);
    canvas.setAttribute("aria-label", `${count} samples`);
    tile.hidden = false;
    moveTo(Math.min(current, count - 1));
  }

  function reserve(count) {
    columns = Math.ceil(Math.sqrt(count));
    canvas.width = columns * SIDE;
    canvas.height = Math.ceil(count / columns) * SIDE;
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

  // Scales the grid to the available space, by a whole number of screen pixels per image pixel unless
  // that wastes much space.
  function fit() {
    const available = Math.min(element.parentElement.clientWidth, 0.82 * window.innerHeight);
    const single = canvas.width / window.devicePixelRatio;
    const whole = Math.floor(available / single) * single;
    element.style.width = `${whole > 0.75 * available ? whole : available}px`;
    canvas.classList.toggle("shrunk", whole === 0);
  }

  // Returns the index of the tile under the pointer, or null.
  function tileUnder(event) {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor((event.clientY - box.top) / (box.width / columns));
    const index = row * columns + column;
    return column >= 0 && column < columns && samples && index >= 0 && index < samples.z.length
      ? index : null;
  }
  element.addEventListener("pointermove", (event) => {
    const index = tileUnder(event);
    if (index !== null && tile.getAttribute("aria-expanded") !== "true") moveTo(index);
  });
  // In the capture phase: a touch has no preceding pointermove, and the button must be moved before
  // the click.
  element.addEventListener("pointerdown", (event) => {
    const index = tileUnder(event);
    if (index !== null) moveTo(index);
  }, true);
  canvas.addEventListener("click", (event) => {
    if (tileUnder(event) !== null) tile.click();
  });

  tile.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const last = samples.z.length - 1;
    const next = { Home: 0, End: last }[event.key] ?? current + (steps[event.key] ?? NaN);
    if (Number.isNaN(next)) return;
    event.preventDefault();
    if (next >= 0 && next <= last) moveTo(next);
  });
  attachImageMenu(tile, () => ({
    pixels: nth(samples.images, current), z: samples.z[current], model: samples.model,
  }));
  new ResizeObserver(fit).observe(element.parentElement);
  window.addEventListener("resize", fit);
  reserve(expected);
  return { canvas, show };
}
