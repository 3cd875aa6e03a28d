// A tab's panels (panels.py): starts each one's script when it is first opened, and shows the
// questions where a teacher wants them. Of the panels of one name the browser keeps one open.
// Closing the one above moves the opened one up, often out of the window, so it is scrolled back.
import { isHidden } from "../../frontend/js/visibility.js";
import { store } from "../../frontend/js/store.js";

// `mounts[key](body)` starts a panel in its element `.panel-body`.
export function mountPanels(element, mounts) {
  for (const panel of element.querySelectorAll(".panel")) {
    const body = panel.querySelector(".panel-body");
    whenShown(body, () => mounts[panel.dataset.panel](body));
    panel.addEventListener("toggle", () => {
      if (panel.open) panel.querySelector("summary").scrollIntoView({ block: "nearest" });
    });
  }
  const wanted = element.querySelector("[data-questions]");
  wanted.addEventListener("change", () => store.set({ questions: wanted.checked }));
  store.on(["questions"], ({ questions }) => {
    wanted.checked = questions;
    for (const question of element.querySelectorAll(".question")) question.hidden = !questions;
  });
}

// Calls `act` once, when the element first has a size: its tab and its panel are open.
function whenShown(element, act) {
  const observer = new ResizeObserver(() => {
    if (isHidden(element)) return;
    observer.disconnect();
    act();
  });
  observer.observe(element);
}
