// Opens Gradio's tabs from a script. On a narrow page some tabs are in an overflow menu; their buttons
// are in the DOM and can be clicked while the menu is closed.

import { store } from "./store.js";

const BAR = "#tabs > .tab-wrapper";

const buttons = () => [...document.querySelectorAll(`${BAR} [role=tab], ${BAR} .overflow-dropdown button`)];
const named = (name) => buttons().find(({ textContent }) => textContent.trim() === name);

// Whether there is a tab of this name.
export const hasTab = (name) => named(name) !== undefined;

// The name of the open tab.
export function openedTab() {
  return buttons().find((button) => button.classList.contains("selected"))?.textContent.trim();
}

// Opens a tab and scrolls to the tab bar. Returns {name, run} that goes back to the previous tab, or
// null if the tab was open already or does not exist.
export function openTab(name) {
  const button = named(name);
  if (!button) return null;
  const before = openedTab();
  const scrolled = window.scrollY;
  if (before !== name) button.click();
  document.querySelector(BAR).scrollIntoView({ block: "nearest" });
  if (before === name) return null;
  // The focused element is hidden now. On a page that was just opened no element has the focus.
  if (document.activeElement !== document.body) button.focus({ preventScroll: true });
  return {
    name: before,
    run() {
      openTab(before);
      // The tab has its height in the next frame.
      requestAnimationFrame(() => window.scrollTo({ top: scrolled }));
    },
  };
}

// Sets body[data-tab], for styles that depend on it, and the store's tab to the open tab, and lets arrow
// keys, Home and End open other tabs.
export async function markTab() {
  const bar = await present(BAR);
  followArrows(bar);
  const mark = () => {
    const tab = openedTab();
    document.body.dataset.tab = tab ?? "";
    if (tab) store.set({ tab });
  };
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
    // How it works uses the arrow keys right after a click on its tab.
    if (pointed && document.querySelector("#slow-pass")?.offsetParent) return;
    event.preventDefault();
    pointed = false;
    const tab = shown.at(next % shown.length);
    tab.click();
    tab.focus();
  });
}

// Resolves to the element once Gradio has added it to the page.
export function present(selector) {
  return new Promise((resolve) => {
    function check() {
      const element = document.querySelector(selector);
      if (element) {
        changes.disconnect();
        resolve(element);
      }
    }
    const changes = new MutationObserver(check);
    changes.observe(document.body, { subtree: true, childList: true });
    check();
  });
}

// Resolves once Gradio has mounted its page and set its title, and stage.js has moved the stage into its tab.
export const tabsReady = () => present("#tabs .reconstruct-stage");
