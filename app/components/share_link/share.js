// The button that copies a link to the visitor's state; mounted with the page, it also opens links.
import { SOURCES } from "../../frontend/js/encodings.js";
import { writeLink } from "./link.js";
import { followLinks } from "./restore.js";
import { store } from "../../frontend/js/store.js";
import { openedTab } from "../../frontend/js/gradio_tabs.js";

const SENT = "model, seed and codes; a drawing travels as its code z.";

export function mount(element, { space }) {
  followLinks();
  const button = element.querySelector("button");
  button.addEventListener("click", async () => {
    const link = address(space) + writeLink(snapshot(), openedTab());
    try {
      await navigator.clipboard.writeText(link);
      store.set({ notice: { text: `Link copied: ${SENT}` } });
    } catch {
      // Without https, or in a frame that was not given the right, there is no clipboard.
      show(link);
    }
  });
  // For a moment after a change of model the digits are not encoded yet.
  const keys = ["model", ...Object.entries(SOURCES).flat()];
  store.on(keys, (state) => { button.disabled = !isEncoded(state); });
}

// A Space's page sits in a frame, and the page around it is the one to send. Elsewhere it is this
// page; without its query, where a private Space's frame has its access token.
export function address(space) {
  const { origin, pathname } = window.location;
  return space ? `https://huggingface.co/spaces/${space}` : origin + pathname;
}

const snapshot = () => Object.fromEntries(
  ["model", "seed", "walk", "path_at", ...Object.keys(SOURCES)].map((key) => [key, store.get(key)]),
);

const isEncoded = (state) => state.model !== null && Object.entries(SOURCES)
  .every(([key, source]) => state[source] === null || state[key]?.model === state.model);

// The link in a field, marked, to be copied by hand. A modal dialog: Escape closes it, and the focus
// goes back to the button.
function show(link) {
  const dialog = document.createElement("dialog");
  dialog.className = "live share-link";
  const [why, what] = ["", ""].map(() => document.createElement("p"));
  why.textContent = "The browser did not let the page copy. The link, to copy by hand:";
  what.textContent = `It carries ${SENT}`;
  const field = document.createElement("input");
  Object.assign(field, { type: "text", readOnly: true, value: link, spellcheck: false });
  field.setAttribute("aria-label", "Link");
  field.addEventListener("focus", () => field.select());
  const done = document.createElement("button");
  Object.assign(done, { type: "button", className: "action", textContent: "Close" });
  done.addEventListener("click", () => dialog.close());
  const row = document.createElement("div");
  row.append(field, done);
  dialog.append(why, row, what);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  field.focus();
  field.scrollLeft = 0; // marking has scrolled to the end, and the beginning says more
}
