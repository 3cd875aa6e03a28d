// Factories of HTML and SVG elements, and the choice between texts of a template.

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

// Shows the texts in `element` whose data-if is one of `names`, and hides those with another one.
export function showOnly(element, names) {
  for (const text of element.querySelectorAll("[data-if]")) text.hidden = !names.includes(text.dataset.if);
}
