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

// Names the open tab on the page, for what is hidden beside some of them.
export async function markTab() {
  const bar = await present(BAR);
  const mark = () => { document.body.dataset.tab = openedTab() ?? ""; };
  const changes = { subtree: true, childList: true, attributeFilter: ["class", "aria-selected"] };
  new MutationObserver(mark).observe(bar, changes);
  mark();
}

// Resolves to the element, which Gradio may put on the page later than this script comes.
function present(selector) {
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
