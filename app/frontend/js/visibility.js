// Whether something is in an open tab and an open panel. What is hidden asks for nothing and draws
// nothing, or it would slow the pad down while a digit is drawn.

export const hidden = (element) => element.clientWidth === 0;

// Calls `act` whenever `element` comes to be shown: it may be mounted before, and stays afterwards.
export function onShown(element, act) {
  let shown = false;
  new ResizeObserver(() => {
    const before = shown;
    shown = !hidden(element);
    if (shown && !before) act();
  }).observe(element);
}

// Resolves once `element` is shown: for what cannot be drawn out of sight.
export const untilShown = (element) => new Promise((resolve) => {
  const observer = new ResizeObserver(() => {
    if (hidden(element)) return;
    observer.disconnect();
    resolve();
  });
  observer.observe(element);
});
