// The legend: a button for each class, which takes its points and its name off the map and puts them
// back; a double click leaves only this class, and another one brings all of them. Of the page's own,
// for a class may be called anything, and Plotly reads names as markup.

// Call the result with `classes` of the plot (latent_map_plot.js) whenever there are others.
// `show(index, on)` is called for each class whose points come or go.
export function createLegend(host, show) {
  return (classes) => host.replaceChildren(...classes.map((shown, i) => {
    const button = entry(shown);
    button.addEventListener("click", () => turn(i, !isOn(button)));
    button.addEventListener("dblclick", () => {
      const only = [...host.children].some((other) => other !== button && isOn(other));
      classes.forEach((_, k) => turn(k, k === i || !only));
    });
    return button;
  }));

  function turn(i, on) {
    if (isOn(host.children[i]) === on) return;
    host.children[i].setAttribute("aria-pressed", on);
    show(i, on);
  }
}

const isOn = (button) => button.getAttribute("aria-pressed") === "true";

function entry({ name, letter, color }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", title: name });
  button.setAttribute("aria-pressed", true);
  const [symbol, text] = [letter, name].map((content) => {
    const span = document.createElement("span");
    span.textContent = content;
    return span;
  });
  symbol.style.color = color;
  symbol.ariaHidden = true;
  text.className = "name";
  button.append(symbol, text);
  return button;
}
