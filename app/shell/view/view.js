// The buttons of the header, and the parts of the page that the address hides.
import { followPresentation } from "./presentation.js";
import { followTheme } from "./theme.js";
import { store } from "../../frontend/js/store.js";

export function mount(element) {
  followPresentation(element.querySelector("[data-action=present]"));
  followTheme(element.querySelector("[data-action=theme]"));
  store.on(["hide"], ({ hide }) => { document.body.dataset.hide = hide.join(" "); });
}
