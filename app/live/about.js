// Names the data that the chosen model was trained on, where a text has a place for it.
import { store } from "./store.js";
import { chosen } from "./words.js";

export function mount(element) {
  const data = element.querySelector(".data");
  if (!data) return;
  store.on(["model", "models"], () => {
    data.textContent = chosen()?.data ?? "";
    element.querySelector(".trained").hidden = data.textContent === "";
  });
}
