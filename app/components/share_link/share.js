// The button that copies a link to the visitor's state. It is mounted with the page and also opens links.
import { make } from "../../frontend/js/dom.js";
import { SOURCES } from "../../frontend/js/encodings.js";
import { writeLink } from "./link.js";
import { followLinks } from "./restore.js";
import { store } from "../../frontend/js/store.js";
import { openedTab } from "../../frontend/js/gradio_tabs.js";

const SENT = "model, seed and codes; a drawing travels as its code z.";

export function mount(element, { space }) {
  followLinks();
  const button = element.querySelector("button.action");
  button.addEventListener("click", async () => {
    const link = address(space) + writeLink(snapshot(), openedTab());
    try {
      await navigator.clipboard.writeText(link);
      store.set({ notice: { text: `Link copied: ${SENT}` } });
    } catch {
      // The clipboard is unavailable without https and in a frame without the permission.
      show(link);
    }
  });
  // After a change of the model the images must be encoded first.
  const keys = ["model", ...Object.entries(SOURCES).flat()];
  store.on(keys, (state) => { button.disabled = !isEncoded(state); });
}

// Returns the URL to share. On a Space it is the page around this frame, otherwise this page, without
// the query, which has the access token in a private Space.
export function address(space) {
  const { origin, pathname } = window.location;
  return space ? `https://huggingface.co/spaces/${space}` : origin + pathname;
}

const snapshot = () => Object.fromEntries(
  ["model", "seed", "path_options", "path_at", ...Object.keys(SOURCES)].map((key) => [key, store.get(key)]),
);

const isEncoded = (state) => state.model !== null && Object.entries(SOURCES)
  .every(([key, source]) => state[source] === null || state[key]?.model === state.model);

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
    make("p", "", `It carries ${SENT}`),
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
