// From A to B in each model: a film strip, and the picture at the slider's position.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { asker, eachMember } from "../members.js";
import { fixed } from "../../../frontend/js/format.js";
import { BLANK, nth, paint } from "../../../frontend/js/pixels.js";
import { pack, unpack } from "../../../frontend/js/rpc.js";
import { store } from "../../../frontend/js/store.js";

const STRIDE = 5; // steps from one picture of the strip to the next

export function mount(body) {
  const range = body.querySelector(".scrub input");
  const frames = body.querySelector(".strip").childElementCount;
  const last = (frames - 1) * STRIDE;
  range.max = last; // every step was decoded, so each position has its own picture
  range.value = last / 2;
  let ways = []; // [column, images]

  const ask = asker("compare_interpolate", (answer) => {
    ways = [];
    eachMember(body, answer, (column, { images, distance }) => {
      ways.push([column, unpack(images)]);
      column.querySelector("[data-text=distance]").textContent = fixed(distance);
    });
    for (const [column, images] of ways) {
      [...column.querySelector(".strip").children].forEach((canvas, i) => paint(canvas, nth(images, i * STRIDE)));
    }
    move();
  }, () => store.get("a") !== null && store.get("b") !== null);
  function move() {
    const at = Number(range.value);
    range.setAttribute("aria-valuetext", `${Math.round(100 * at / last)} % of the way`);
    for (const [column, images] of ways) {
      paint(column.querySelector(".current"), nth(images, at));
      [...column.querySelector(".strip").children].forEach((canvas, i) => {
        canvas.toggleAttribute("data-current", i === Math.round(at / STRIDE));
      });
    }
  }
  function request() {
    const [a, b] = ["a", "b"].map(store.get);
    if (a && b) ask({ a: pack(a.seen), b: pack(b.seen), steps: last + 1 });
    else clear();
  }
  function clear() {
    ways = [];
    for (const canvas of body.querySelectorAll(".way canvas")) paint(canvas, BLANK);
    for (const distance of body.querySelectorAll("[data-text=distance]")) distance.textContent = "–";
  }
  range.addEventListener("input", move);
  store.on(["a", "b", "compared"], debounceVisible(body, request, 0));
}
