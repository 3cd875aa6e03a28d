// The path from A to B in each model: a film strip, and the image at the slider's position.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { createQuery, forEachModel } from "../models.js";
import { fixed } from "../../../frontend/js/format.js";
import { BLANK, nth, paint } from "../../../frontend/js/pixels.js";
import { pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const STRIDE = 5; // steps between two images of the strip

export function mount(body) {
  const range = body.querySelector(".scrub input");
  const frames = body.querySelector(".strip").childElementCount;
  const last = (frames - 1) * STRIDE;
  range.max = last; // one position per decoded step
  range.value = last / 2;
  let paths = []; // [column, images]

  const query = createQuery("compare_interpolate", (answer) => {
    paths = [];
    forEachModel(body, answer, (column, { images, distance }) => {
      paths.push([column, unpack(images)]);
      column.querySelector("[data-text=distance]").textContent = fixed(distance);
    });
    for (const [column, images] of paths) {
      [...column.querySelector(".strip").children].forEach((canvas, i) => paint(canvas, nth(images, i * STRIDE)));
    }
    move();
  }, () => store.get("a") !== null && store.get("b") !== null);
  function move() {
    const at = Number(range.value);
    range.setAttribute("aria-valuetext", `${Math.round(100 * at / last)} % of the way`);
    for (const [column, images] of paths) {
      paint(column.querySelector(".current"), nth(images, at));
      [...column.querySelector(".strip").children].forEach((canvas, i) => {
        canvas.toggleAttribute("data-current", i === Math.round(at / STRIDE));
      });
    }
  }
  function request() {
    const [a, b] = ["a", "b"].map(store.get);
    if (a && b) query({ a: pack(a.seen), b: pack(b.seen), steps: last + 1 });
    else clear();
  }
  function clear() {
    paths = [];
    for (const canvas of body.querySelectorAll(".way canvas")) paint(canvas, BLANK);
    for (const distance of body.querySelectorAll("[data-text=distance]")) distance.textContent = "–";
  }
  range.addEventListener("input", move);
  store.on(["a", "b", "compared"], debounceVisible(body, request, 0));
}
