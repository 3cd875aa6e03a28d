// The legend: a button for each class, which shows or hides its points and its label. A double click
// shows only this class, another double click shows all. Plotly's legend is not used, because Plotly
// interprets markup in class names.

// Returns a function that takes `classes` of the plot (plot.js), to be called when they change. The hidden
// ones are the store's.
export function createLegend(host, store) {
  const hide = (hidden) => store.set({ hidden_classes: hidden });
  const mark = () => [...host.children].forEach((button, i) => {
    button.setAttribute("aria-pressed", !store.get("hidden_classes").includes(i));
  });
  store.on(["hidden_classes"], mark);

  return (classes) => {
    host.replaceChildren(...classes.map((shown, i) => {
      const button = entry(shown);
      button.addEventListener("click", () => {
        const hidden = store.get("hidden_classes");
        hide(hidden.includes(i) ? hidden.filter((one) => one !== i) : [...hidden, i]);
      });
      button.addEventListener("dblclick", () => {
        const others = classes.map((_, k) => k).filter((k) => k !== i);
        const alone = others.every((k) => store.get("hidden_classes").includes(k));
        hide(alone ? [] : others);
      });
      return button;
    }));
    mark();
  };
}

function entry({ name, letter, color }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", title: name });
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
