// The accordion "Details" of the tab, which is Gradio's, and the store's `details`.
import { present } from "../../frontend/js/gradio_tabs.js";
import { store } from "../../frontend/js/store.js";

export async function followDetails() {
  const button = await present("#reconstruct-details > .label-wrap");
  const isOpen = () => button.classList.contains("open");
  const attributes = { attributeFilter: ["class"] };
  new MutationObserver(() => store.set({ details: isOpen() })).observe(button, attributes);
  store.on(["details"], ({ details }) => { if (details !== isOpen()) button.click(); });
}
