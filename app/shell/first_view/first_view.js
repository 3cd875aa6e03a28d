// Makes the first view live, before Gradio has started.
import { boot } from "../../frontend/bootstrap.js";
import { openTab, tabsReady } from "../../frontend/js/gradio_tabs.js";
import { store } from "../../frontend/js/store.js";
import { start } from "../../tabs/reconstruct/stage.js";

const PATIENCE_MS = 300;

// Resolves once the first image is encoded, or after PATIENCE_MS. Then Gradio may start; earlier, its work
// would delay the encoding.
export function show(view, { component, props }, root) {
  boot(props, component, root);
  followTabs(view.querySelector(".tabs"));
  start(view.querySelector(".reconstruct-stage"), root);
  const answered = store.when(["digit"], ({ digit }) => digit !== null);
  return Promise.race([answered, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
}

// Opens the tab that was clicked last, once Gradio has mounted it.
async function followTabs(bar) {
  bar.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    bar.querySelector("[aria-current]").removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    bar.dataset.chosen = button.textContent;
  });
  await tabsReady();
  if (bar.dataset.chosen) openTab(bar.dataset.chosen);
}
