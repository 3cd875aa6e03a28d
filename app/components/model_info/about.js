// Writes the data set of the selected model into the element `.data`, if there is one.
import { selectedModel, store } from "../../frontend/js/store.js";

export function mount(element) {
  const data = element.querySelector(".data");
  if (!data) return;
  store.on(["model", "models"], () => {
    data.textContent = selectedModel()?.data ?? "";
    element.querySelector(".trained").hidden = data.textContent === "";
  });
}
