// The legend: a button for each class, which shows or hides its points and its label. A double click
// shows only this class, another double click shows all. Plotly's legend is not used, because Plotly
// interprets markup in class names.

// Returns a function that takes `classes` of the plot (plot.js), to be called when they change. Calls
// `show(index, on)` for each class that is shown or hidden.
export function createLegend(host, show) {
  return (classes) => host.replaceChildren(...classes.map((shown, i) => {
    const button = entry(shown);
    button.addEventListener("click", () => toggle(i, !isOn(button)));
    button.addEventListener("dblclick", () => {
      const only = [...host.children].some((other) => other !== button && isOn(other));
      classes.forEach((_, k) => toggle(k, k === i || !only));
    });
    return button;
  }));

  function toggle(i, on) {
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
