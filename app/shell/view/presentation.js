// Presentation mode: the full screen where the browser permits it, larger type, fewer controls. Arrow keys
// open the next panel, or the next chapter of the lesson; Page Up and Page Down, which the buttons of a
// remote control send, do the same. Escape leaves.
import { store } from "../../frontend/js/store.js";
import { stepChapter } from "../lesson/chapters.js";

const DIRECTIONS = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1 };
const PANELS = "details.panel";
// Elements that use arrow keys or letters themselves.
const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const OWN_ARROWS = "input, textarea, select, canvas, [contenteditable], [role=menu], [role=slider], [role=tab], [tabindex='0']";

export function followPresentation(button) {
  const root = document.documentElement;
  button.addEventListener("click", toggle);
  store.on(["present"], ({ present }) => {
    root.toggleAttribute("data-present", present);
    button.setAttribute("aria-pressed", present);
    if (!present && document.fullscreenElement) document.exitFullscreen();
    window.dispatchEvent(new Event("resize")); // the map's figure has another size of type
  });
  // A browser that leaves the full screen on Escape does not report the key.
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) store.set({ present: false });
  });
  document.addEventListener("keydown", press);
  document.addEventListener("keydown", step, true); // before How it works, which uses the same keys
}

function toggle() {
  const present = !store.get("present");
  store.set({ present });
  // Rejected without a gesture of the visitor, or in a frame without the permission.
  if (present) document.documentElement.requestFullscreen?.().catch(() => {});
}

const isPlain = ({ ctrlKey, metaKey, altKey, shiftKey }) => !(ctrlKey || metaKey || altKey || shiftKey);

function press(event) {
  if (event.defaultPrevented || !isPlain(event)) return;
  if (event.key === "p" && !event.target.closest(TYPING)) toggle();
  else if (event.key === "Escape" && !document.querySelector("dialog[open], [role=menu], :popover-open")) {
    store.set({ present: false });
  }
}

function step(event) {
  const direction = DIRECTIONS[event.key];
  if (!store.get("present") || direction === undefined || !isPlain(event)) return;
  if (event.target.closest(OWN_ARROWS)) return;
  const moved = store.get("lesson") === null ? stepPanel(direction) : stepChapter(direction) ?? true;
  if (!moved) return;
  event.preventDefault();
  event.stopPropagation();
}

// Opens the next or previous panel of the open tab. Returns whether the tab has panels.
function stepPanel(direction) {
  const panels = [...document.querySelectorAll(PANELS)].filter((panel) => panel.offsetParent !== null);
  const at = panels.findIndex(({ open }) => open) + direction;
  if (panels.length === 0) return false;
  if (panels[at]) panels[at].querySelector("summary").click();
  return true;
}
