// What is wrong with the page's layout at the window's present width, as an array of sentences. What
// may be cut off is marked: a film strip scrolls, and what is only read out has no size.
(() => {
  const MAY_SCROLL = ".frames, .tab-container, .map-legend";
  const NOT_OURS = "footer, .label-wrap, .modebar, .tile-grid"; // Gradio's, Plotly's, a moving button
  const LEAST_TEXT = 11.95; // pixels
  const SLACK = 2; // pixels: letters are a little wider than their advance
  const wrong = [];
  const say = (element) => {
    const { className, id, localName } = element;
    const name = String(className.baseVal ?? className).split(" ").filter((one) => !one.startsWith("svelte")).join(".");
    return `${localName}${id && `#${id}`}${name && `.${name}`}`;
  };

  const { scrollWidth } = document.documentElement;
  if (scrollWidth > window.innerWidth) wrong.push(`the page is ${scrollWidth} px wide`);

  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !element.closest("[inert]");

  // What of a box is left by the ancestors that cut off what overflows them.
  function cut(box, element) {
    let { left, right, top, bottom } = box;
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const { overflowX, overflowY, clipPath } = getComputedStyle(at);
      if (clipPath !== "none") return null;
      const edge = at.getBoundingClientRect();
      if (overflowX !== "visible") [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
      if (overflowY !== "visible") [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
    }
    return left < right && top < bottom ? { left, right, top, bottom } : null;
  }

  // How many pixels of the window a unit of a drawing has.
  function scaleOf(svg) {
    const width = svg?.viewBox.baseVal?.width;
    return width ? svg.getBoundingClientRect().width / width : 1;
  }

  const texts = [];
  const walk = document.createTreeWalker(document.querySelector(".gradio-container"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { currentNode: node } = walk;
    const element = node.parentElement;
    if (node.nodeValue.trim() === "" || element.closest("style, script, title, select") || !seen(element)) continue;
    const { fontSize, mathDepth } = getComputedStyle(element);
    const size = Number.parseFloat(fontSize) * scaleOf(element.ownerSVGElement);
    const raised = element.closest("sup, sub") || !["", "0"].includes(mathDepth ?? "");
    if (size < LEAST_TEXT && !raised) wrong.push(`"${node.nodeValue.trim().slice(0, 30)}" has ${size.toFixed(1)} px`);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const whole of range.getClientRects()) {
      if (whole.width < 1 || whole.height < 1) continue;
      const left = cut(whole, element);
      if (left === null) continue;
      const text = node.nodeValue.trim().slice(0, 30);
      const lost = Math.max(left.left - whole.left, whole.right - left.right);
      if (lost > SLACK && !element.closest(MAY_SCROLL)) wrong.push(`${Math.round(lost)} px of "${text}" in ${say(element)} are cut off`);
      if (left.right > window.innerWidth + SLACK) wrong.push(`"${text}" in ${say(element)} leaves the window`);
      // On a map, names may overlap by their lines, whose letters are smaller.
      const inset = element.matches(".map-class") ? 0.15 * whole.height : 0;
      texts.push({ ...left, top: left.top + inset, bottom: left.bottom - inset, text, element });
    }
  }

  // Two texts in one place. Letters of one formula touch each other.
  const formula = ({ element }) => element.closest("math") ?? element;
  for (const [i, one] of texts.entries()) {
    for (const other of texts.slice(i + 1)) {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      const apart = formula(one) === formula(other) || one.element.contains(other.element) || other.element.contains(one.element);
      if (across > 3 && down > 5 && !apart) {
        wrong.push(`"${one.text}" (${say(one.element)}) and "${other.text}" (${say(other.element)}) overlap`);
      }
    }
  }

  // Images and what is pressed.
  for (const canvas of document.querySelectorAll("canvas")) {
    const { width } = canvas.getBoundingClientRect();
    const least = canvas.closest(".tile-grid") ? 140 : canvas.closest(".paper") ? 110 : canvas.matches(".digit") ? 26 : 0;
    if (seen(canvas) && width < least) wrong.push(`${say(canvas)} is ${Math.round(width)} px wide`);
  }
  for (const button of document.querySelectorAll("button, summary, input:not([type=file]), [role=tab]")) {
    const { width, height } = (button.closest("label") ?? button).getBoundingClientRect();
    const pressed = seen(button) && button.tabIndex >= 0 && !button.closest(NOT_OURS);
    if (pressed && width > 0 && Math.min(width, height) < 24) {
      wrong.push(`${say(button)} is ${Math.round(width)} × ${Math.round(height)} px: too small for a finger`);
    }
  }
  for (const tools of document.querySelectorAll(".live-pad .tools")) {
    const lines = new Set([...tools.querySelectorAll(".action")].map((button) => button.getBoundingClientRect().top));
    if (seen(tools) && lines.size > 1) wrong.push(`the buttons of ${say(tools.parentElement)} are in ${lines.size} lines`);
  }
  return [...new Set(wrong)];
})()
