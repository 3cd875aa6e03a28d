// Makes the first view live, before Gradio has started.
import { boot } from "../../frontend/bootstrap.js";
import { store } from "../../frontend/js/store.js";
import { start } from "../../tabs/reconstruct/stage.js";

const PATIENCE_MS = 300;

// Resolves once the first image is encoded, or after PATIENCE_MS. Then Gradio may start; earlier, its work
// would delay the encoding.
export function show(view, { component, props }, root) {
  boot(props, component, root);
  start(view.querySelector(".reconstruct-stage"), root);
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
    store.on(["digit"], ({ digit }) => { if (digit) resolve(); });
  });
}
