// The images of store.path in a row with the current one marked, a slider and a play button, which set
// the position store.path_at in [0, 1].
import { openImageMenu } from "../../../components/image_menu/image_menu.js";
import { nth, paint } from "../../../frontend/js/pixels.js";
import { createPlayer } from "../../../components/player/player.js";
import { store } from "../../../frontend/js/store.js";

const SECONDS = 4; // of Play, from end to end

export function mount(element) {
  const move = (at) => store.set({ path_at: Math.min(1, Math.max(0, at)) });
  const range = element.querySelector(".scrub input");
  const play = element.querySelector("[data-action=play]");
  const frames = strip(element.querySelector(".frames"), (at) => {
    player.stop();
    move(at);
  });
  let direction = 1; // alternates between forward and back
  const player = createPlayer(element, (seconds) => {
    const next = store.get("path_at") + (direction * seconds) / SECONDS;
    if (next >= 1) direction = -1;
    else if (next <= 0) direction = 1;
    move(next);
  }, (playing) => {
    play.classList.toggle("playing", playing);
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
  });

  play.addEventListener("click", () => player.toggle());
  range.addEventListener("input", () => {
    player.stop();
    move(Number(range.value));
  });
  // Arrow keys move by one image, with shift by 0.01; the slider's native step is smaller, for smooth
  // dragging.
  range.addEventListener("keydown", (event) => {
    const count = store.get("path")?.z.length ?? 2;
    const step = event.shiftKey ? 0.01 : 1 / (count - 1);
    const sign = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (sign === undefined) return;
    event.preventDefault();
    player.stop();
    const at = store.get("path_at") + sign * step;
    move(event.shiftKey ? at : Math.round(at / step) * step);
  });

  store.on(["path"], ({ path, path_at: at }) => {
    range.disabled = path === null;
    play.disabled = path === null;
    if (path === null) player.stop();
    frames.show(path);
    frames.mark(at);
  });
  store.on(["path_at"], ({ path_at: at }) => {
    range.value = at;
    range.setAttribute("aria-valuetext", `${Math.round(100 * at)} % of the way`);
    frames.mark(at);
  });
}

// Returns {show(path), mark(position)} for a row of images in `element`. A click calls `pick(position)`.
function strip(element, pick) {
  let path = null;
  let marked = -1;

  function tile(index) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "frame";
    button.tabIndex = -1; // the slider is the only tab stop of the strip
    button.title = "Go to this image; a right click opens a menu";
    button.append(document.createElement("canvas"), document.createElement("span"));
    button.addEventListener("click", () => pick(index / (path.z.length - 1)));
    button.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      const image = { pixels: nth(path.images, index), z: path.z[index], model: path.model };
      openImageMenu(button, image);
    });
    return button;
  }

  function show(next) {
    const before = path?.z.length ?? 0;
    path = next;
    const count = path?.z.length ?? 0;
    // The buttons are kept while an endpoint is drawn, so that the focus is not lost.
    if (count !== before) {
      element.replaceChildren(...Array.from({ length: count }, (_, index) => tile(index)));
      marked = -1;
    }
    [...element.children].forEach((button, index) => {
      paint(button.firstChild, nth(path.images, index));
      const name = index === 0 ? "A" : index === count - 1 ? "B" : "";
      button.lastChild.textContent = name;
      button.setAttribute("aria-label", `Image ${index + 1} of ${count}${name && `, ${name}`}`);
    });
  }

  function mark(at) {
    if (path === null) return;
    const index = Math.round(at * (path.z.length - 1));
    if (index === marked) return;
    element.children[marked]?.removeAttribute("aria-current");
    marked = index;
    const current = element.children[index];
    current.setAttribute("aria-current", "true");
    // Scrolls the strip, not the page.
    const middle = current.offsetLeft + current.offsetWidth / 2;
    element.scrollTo({ left: middle - element.clientWidth / 2 });
  }
  return { show, mark };
}
