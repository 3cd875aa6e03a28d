// Gradio's tabs, from a script. A tab that a narrow page folds away behind its three dots keeps a
// button in the closed list there, and pressing that works as for a visitor who opens the list.

const BAR = "#tabs > .tab-wrapper";

const buttons = () => [...document.querySelectorAll(`${BAR} [role=tab], ${BAR} .overflow-dropdown button`)];
const named = (name) => buttons().find(({ textContent }) => textContent.trim() === name);

// The name of the open tab.
export function openedTab() {
  return buttons().find((button) => button.classList.contains("selected"))?.textContent.trim();
}

// Opens a tab and brings its beginning into view. Returns what leads back to where the visitor was,
// or null if the tab was open already. A name that no tab has changes nothing.
export function openTab(name) {
  const button = named(name);
  if (!button) return null;
  const before = openedTab();
  const scrolled = window.scrollY;
  if (before !== name) button.click();
  document.querySelector(BAR).scrollIntoView({ block: "nearest" });
  if (before === name) return null;
  // What had the focus is out of sight now; a page that was only just opened has given it to nobody.
  if (document.activeElement !== document.body) button.focus({ preventScroll: true });
  return {
    name: before,
    run() {
      openTab(before);
      // In the next frame the tab has its height again.
      requestAnimationFrame(() => window.scrollTo({ top: scrolled }));
    },
  };
}

// Names the open tab on the page, for what is hidden beside some of them, and lets arrow keys, Home
// and End open others.
export async function markTab() {
  const bar = await present(BAR);
  followArrows(bar);
  const mark = () => { document.body.dataset.tab = openedTab() ?? ""; };
  const changes = { subtree: true, childList: true, attributeFilter: ["class", "aria-selected"] };
  new MutationObserver(mark).observe(bar, changes);
  mark();
}

function followArrows(bar) {
  let pointed = false; // whether a pointer, not a key, gave a tab the focus
  bar.addEventListener("pointerdown", () => { pointed = true; }, true);
  window.addEventListener("keydown", ({ key }) => { if (key === "Tab") pointed = false; }, true);
  bar.addEventListener("keydown", (event) => {
    const shown = [...bar.querySelectorAll("[role=tab]")].filter((tab) => tab.offsetParent !== null);
    const at = shown.indexOf(event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || next === undefined) return;
    // The slow-motion pass takes the arrow keys right after a click on its tab.
    if (pointed && document.querySelector("#slow-pass")?.offsetParent) return;
    event.preventDefault();
    pointed = false;
    const tab = shown.at(next % shown.length);
    tab.click();
    tab.focus();
  });
}

// Resolves to the element, which Gradio may put on the page later than this script comes.
export function present(selector) {
  return new Promise((resolve) => {
    function look() {
      const element = document.querySelector(selector);
      if (element) {
        changes.disconnect();
        resolve(element);
      }
    }
    const changes = new MutationObserver(look);
    changes.observe(document.body, { subtree: true, childList: true });
    look();
  });
}
