// Behavior of the controls with the markup of frontend/macros.html.
import { store } from "../../frontend/js/store.js";

// Binds the slider in `field` to its optional number box and its optional buttons `[data-stop]`; the
// value of a button is its index. Calls `change(value)` when the slider moves, a button is clicked or a
// valid number is typed; an invalid number is corrected when the box loses the focus. `textOf(value)`
// is the text for screen readers.
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
  function setValue(number) {
    if (number === value) return;
    show(number);
    change(value);
  }
  range.addEventListener("input", () => setValue(Number(range.value)));
  stops.forEach((stop, i) => stop.addEventListener("click", () => setValue(i)));
  box?.addEventListener("input", () => {
    if (box.value !== "" && box.validity.valid) setValue(Number(box.value));
  });
  box?.addEventListener("change", () => {
    setValue(readNumber(box.value, low, high, step) ?? value);
    box.value = value;
  });
  return { get value() { return value; }, show };
}

// Binds the radio buttons in `field`; calls `change(value)` when another one is selected.
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

// Binds a control to store[key], in both directions; `bind` is bindSlider or bindChoice.
export function bindStored(bind, field, key) {
  const control = bind(field, (value) => store.set({ [key]: value }));
  store.on([key], ({ [key]: value }) => control.show(value));
  return control;
}

// Returns the number in `text`, rounded to the step and clamped to the limits; null if invalid.
export function readNumber(text, low, high, step) {
  if (text.trim() === "" || !Number.isFinite(Number(text))) return null;
  const steps = Math.round((Number(text) - low) / step);
  // 0.05 has no exact binary representation: unrounded, 3 steps would be 0.15000000000000002.
  const rounded = Number((low + steps * step).toFixed(6));
  return Math.min(high, Math.max(low, rounded));
}

// Downloads `blob` as a file.
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the URL after click() has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
