// What drawings in the page are made of: elements, and numbers as they are written.

export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Numbers

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const fixed = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
};
// Three significant digits: gradients run from thousandths to thousands.
export const significant = (value) => {
  const size = Math.abs(value);
  if (size > 0 && size < 0.001) return value.toExponential(1).replaceAll("-", "−");
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
};
