// Writes the sentences of header and footer about the selected model, and sets the addresses of documents.
import { selectedModel, store } from "../../frontend/js/store.js";

export function mount(element, { descriptions }, { root }) {
  const find = (selector) => element.querySelector(selector);
  const address = (name) => `${root}/documents/${name}`;
  const citation = find("[data-document]");
  if (citation) citation.href = address(citation.dataset.document);
  store.on(["model", "models"], () => {
    const model = selectedModel();
    if (find(".of-model")) find(".of-model").textContent = descriptions[model?.name] ?? "";
    if (find(".trained")) trained(find, model, address);
  });
}

function trained(find, model, address) {
  find(".data").textContent = model?.data ?? "";
  find(".trained").hidden = !model?.data;
  const card = find(".card");
  card.hidden = !model?.card;
  if (model?.card) card.href = address(`${model.name}.md`);
}
