// For what is too much to do at every frame of a drawing, or not worth doing out of sight.

// Resolves once the browser has shown what is there now: for work that would hold that up.
export const painted = () =>
  new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });

// Returns a function that asks for `work`: done once `element` is in view and nobody has asked for
// `delay` milliseconds.
export function whenCalm(element, work, delay = 120) {
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
