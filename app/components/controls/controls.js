// Behavior of the controls that controls.py draws.

// Joins a slider with the number box and the buttons `[data-stop]` that `field` may hold; a button
// stands for its index. `change(value)` is called while the slider moves, for a button, and for every
// number that can be read while it is typed; leaving the box corrects what cannot be read. `textOf`
// gives the value as it is read out.
export function bindSlider(field, change, textOf = null) {
  const box = field.querySelector("input[type=number]");
  const stops = [...field.querySelectorAll("[data-stop]")];
  const range = field.querySelector("input[type=range]");
  const [low, high, step] = [range.min, range.max, range.step].map(Number);
  let value = Number(range.value);

  function show(number) {
    value = number;
    range.value = number;
    if (textOf) range.setAttribute("aria-valuetext", textOf(number));
    if (box && box !== document.activeElement) box.value = number;
    stops.forEach((stop, i) => stop.setAttribute("aria-pressed", i === number));
  }
  function take(number) {
    if (number === value) return;
    show(number);
    change(value);
  }
  range.addEventListener("input", () => take(Number(range.value)));
  stops.forEach((stop, i) => stop.addEventListener("click", () => take(i)));
  box?.addEventListener("input", () => {
    if (box.value !== "" && box.validity.valid) take(Number(box.value));
  });
  box?.addEventListener("change", () => {
    take(readNumber(box.value, low, high, step) ?? value);
    box.value = value;
  });
  return { get value() { return value; }, show };
}

// Joins radio buttons; `change(value)` is called when another one is chosen.
export function bindChoice(field, change) {
  const buttons = [...field.querySelectorAll("input")];
  for (const button of buttons) button.addEventListener("change", () => change(button.value));
  return {
    get value() { return buttons.find(({ checked }) => checked).value; },
    show(value) {
      for (const button of buttons) button.checked = button.value === value;
    },
  };
}

// The number in `text`, rounded to the step and kept within the limits; null if it is none.
export function readNumber(text, low, high, step) {
  if (text.trim() === "" || !Number.isFinite(Number(text))) return null;
  const steps = Math.round((Number(text) - low) / step);
  // 0.05 has no exact binary form: without this 3 steps would read 0.15000000000000002.
  const rounded = Number((low + steps * step).toFixed(6));
  return Math.min(high, Math.max(low, rounded));
}

// Offers `blob` to the visitor as a file.
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
