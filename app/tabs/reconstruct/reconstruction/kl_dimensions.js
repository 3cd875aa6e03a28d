// The KL of each latent dimension as columns.
import { debounceVisible } from "../../../frontend/js/debounce.js";
import { make } from "../../../frontend/js/dom.js";
import { fixed, sum } from "../../../frontend/js/format.js";
import { store } from "../../../frontend/js/store.js";

export function klDimensions(element) {
  const columns = element.querySelector(".columns");
  const note = element.querySelector(".note");
  const meaning = element.querySelector(".meaning");
  const update = () => {
    const digit = store.get("digit");
    const about = store.get("about");
    const active = about?.name === digit?.model ? about?.active : null;
    drawColumns(columns, digit?.kl ?? [], active ?? []);
    columns.setAttribute("aria-label", columnsText(digit?.kl));
    if (digit && digit.kl === null) note.textContent = "KL –: this encoder gives a point, and the KL of a point from N(0, I) is infinite.";
    else note.textContent = digit ? `${fixed(sum(digit.kl), 1)} nats in total; the tallest column has ${fixed(Math.max(...digit.kl), 1)}.` : "";
    meaning.hidden = (digit?.elbo ?? null) === null;
  };
  store.on(["digit", "about"], debounceVisible(element, update, 30));
}

function drawColumns(columns, values, active) {
  while (columns.childElementCount > values.length) columns.lastElementChild.remove();
  while (columns.childElementCount < values.length) columns.append(make("div", "", make("span")));
  const highest = Math.max(1, ...values);
  values.forEach((value, i) => {
    const column = columns.children[i];
    column.title = `z${i + 1}: ${fixed(value)} nats`;
    column.classList.toggle("unused", active[i] === false);
    column.firstElementChild.style.height = `${100 * value / highest}%`;
    column.dataset.number = values.length <= 40 ? i + 1 : "";
  });
}

const columnsText = (values) => values
  ? values.map((value, i) => `dimension ${i + 1}: ${fixed(value, 1)} nats`).join(", ")
  : "No KL to show";
