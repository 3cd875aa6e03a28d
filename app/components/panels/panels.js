// The panels of a tab: runs each panel's script when it is first opened, and shows the questions if
// the checkbox is checked. The browser closes the open panel when another one with the same name is opened.
// This moves the panels below, so a panel that the visitor opened is scrolled into view.
import { whenVisible } from "../../frontend/js/visibility.js";
import { store } from "../../frontend/js/store.js";

// `mounts[name](body)` mounts a panel in its element `.panel-body`. `key` is the store's key with the name of
// the open panel.
export function mountPanels(element, key, mounts) {
  for (const panel of element.querySelectorAll(".panel")) {
    const body = panel.querySelector(".panel-body");
    whenVisible(body).then(() => mounts[panel.dataset.panel](body));
    const heading = panel.querySelector("summary");
    let clicked = false;
    heading.addEventListener("click", () => { clicked = true; });
    panel.addEventListener("toggle", () => {
      if (panel.open) store.set({ [key]: panel.dataset.panel });
      if (panel.open && clicked) heading.scrollIntoView({ block: "nearest" });
      clicked = false;
    });
  }
  store.on([key], ({ [key]: name }) => {
    const panel = [...element.querySelectorAll(".panel")].find(({ dataset }) => dataset.panel === name);
    if (panel) panel.open = true;
  });
  const wanted = element.querySelector("[data-questions]");
  wanted.addEventListener("change", () => store.set({ questions: wanted.checked }));
  store.on(["questions"], ({ questions }) => {
    wanted.checked = questions;
    for (const question of element.querySelectorAll(".question")) question.hidden = !questions;
  });
}
