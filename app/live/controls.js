// Behaviour of the controls that controls.py draws.

// Joins a number box and a slider. `change(value)` is called while the slider moves and for every
// number that can be read while it is typed; leaving the box mends what cannot.
export function joinSlider(field, change) {
  const box = field.querySelector("input[type=number]");
  const range = field.querySelector("input[type=range]");
  const [low, high, step] = [range.min, range.max, range.step].map(Number);
  let value = Number(range.value);

  function take(number) {
    range.value = number;
    if (number === value) return;
    value = number;
    change(value);
  }
  range.addEventListener("input", () => {
    box.value = range.value;
    take(Number(range.value));
  });
  box.addEventListener("input", () => {
    if (box.value !== "" && box.validity.valid) take(Number(box.value));
  });
  box.addEventListener("change", () => {
    const mended = readNumber(box.value, low, high, step) ?? value;
    box.value = mended;
    take(mended);
  });
  return {
    get value() { return value; },
    show(number) {
      value = number;
      box.value = number;
      range.value = number;
    },
  };
}

// Joins radio buttons; `change(value)` is called when another one is chosen.
export function joinChoice(field, change) {
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
