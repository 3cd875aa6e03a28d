// Names the data that the chosen model was trained on, where a text has a place for it.
import { selectedModel, store } from "../../frontend/js/store.js";

export function mount(element) {
  const data = element.querySelector(".data");
  if (!data) return;
  store.on(["model", "models"], () => {
    data.textContent = selectedModel()?.data ?? "";
    element.querySelector(".trained").hidden = data.textContent === "";
  });
}
