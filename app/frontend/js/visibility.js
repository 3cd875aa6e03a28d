// Visibility of elements in tabs and panels. Components in closed tabs send no requests and draw
// nothing, because that would slow down the pad while an image is drawn.

export const isHidden = (element) => element.clientWidth === 0;

// Calls `callback()` each time `element` becomes visible.
export function onVisible(element, callback) {
  let visible = false;
  new ResizeObserver(() => {
    const before = visible;
    visible = !isHidden(element);
    if (visible && !before) callback();
  }).observe(element);
}

// Resolves once `element` is visible. Await it before drawing that fails in a hidden element.
export const whenVisible = (element) => new Promise((resolve) => {
  const observer = new ResizeObserver(() => {
    if (isHidden(element)) return;
    observer.disconnect();
    resolve();
  });
  observer.observe(element);
});
