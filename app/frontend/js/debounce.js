// Debouncing for expensive work, paused while the element is out of view.

// Resolves after the next paint. Await it before work that would delay the paint.
export const nextPaint = () =>
  new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });

// Returns a function that requests `work()`. It runs once `element` is in view and `delay`
// milliseconds have passed since the last request.
export function debounceVisible(element, work, delay = 120) {
  let due = false;
  let inView = false;
  let timer;
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!due || !inView) return;
      due = false;
      work();
    }, delay);
  };
  new IntersectionObserver((entries) => {
    inView = entries.at(-1).isIntersecting;
    if (inView && due) schedule();
  }).observe(element);
  return () => {
    due = true;
    if (inView) schedule();
  };
}
