// The button that copies a link to the visitor's state. It is mounted with the page and also opens links.
import { make } from "../../frontend/js/dom.js";
import { currentHash } from "./address.js";
import { firstLink } from "./restore.js";
import { store } from "../../frontend/js/store.js";

const OPENS = "It opens this tab with your model, settings and images.";

export function mount(element, { space }) {
  firstLink();
  const button = element.querySelector("button.action");
  button.addEventListener("click", async () => {
    const link = address(space) + currentHash();
    try {
      await navigator.clipboard.writeText(link);
      store.set({ notice: { text: `Link copied. ${OPENS}` } });
    } catch {
      // The clipboard is unavailable without https and in a frame without the permission.
      show(link);
    }
  });
  store.on(["models"], ({ models }) => { button.disabled = models.length === 0; });
}

// Returns the URL to share. On a Space it is the page around this frame, otherwise this page, without
// the query, which has the access token in a private Space.
export function address(space) {
  const { origin, pathname } = window.location;
  return space ? `https://huggingface.co/spaces/${space}` : origin + pathname;
}

// Shows the link in a modal dialog, selected, to be copied by hand. Escape closes it and returns the
// focus to the button.
function show(link) {
  const field = make("input");
  Object.assign(field, { type: "text", readOnly: true, value: link, spellcheck: false });
  field.setAttribute("aria-label", "Link");
  field.addEventListener("focus", () => field.select());
  const close = make("button", "action", "Close");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  const dialog = make(
    "dialog", "live share-link",
    make("p", "", "The browser does not permit the page to copy. Copy this link by hand:"),
    make("div", "", field, close),
    make("p", "", OPENS),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // on the backdrop
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  field.focus();
  field.scrollLeft = 0; // selecting has scrolled to the end
}
