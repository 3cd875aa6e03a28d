// Makes the first view live, before Gradio has started.
import { boot } from "../../frontend/bootstrap.js";
import { start } from "../../tabs/reconstruct/stage.js";

export function show(view, { component, props }, root) {
  boot(props, component, root);
  start(view.querySelector(".reconstruct-stage"), root);
}
