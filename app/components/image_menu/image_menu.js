// The context menu of images. An image is {pixels: Uint8Array(784), z, model}; z and model are absent
// unless it was decoded from a code.
import { call, pack } from "../../frontend/js/rpc.js";
import { notifyError, store } from "../../frontend/js/store.js";
import { openTab } from "../../frontend/js/gradio_tabs.js";

const ACTIONS = [
  { name: "a", text: "Use as A in Interpolate", run: (image) => useAs("A", "source_a", image) },
  { name: "b", text: "Use as B in Interpolate", run: (image) => useAs("B", "source_b", image) },
  { name: "reconstruct", text: "Reconstruct", run: reconstruct },
  { name: "map", text: "Show on map", run: showOnMap },
];

// Does not switch tabs: visitors often pick A and B from the same grid.
function useAs(end, key, image) {
  store.set({ [key]: asSource(image) });
  const action = { text: "Go to Interpolate", run: () => openTab("Interpolate") };
  store.set({ notice: { text: `This is ${end} now.`, action } });
}

function reconstruct(image) {
  store.set({ source: asSource(image) });
  goToTab("Reconstruct", "This is your image now.");
}

// Pins the image's code on the map; an image without a code of the selected model is encoded first.
async function showOnMap({ pixels, z, model: imageModel }) {
  const model = store.get("model");
  try {
    const code = z && imageModel === model ? z : (await call("encode", { model, pixels: pack(pixels) })).mu;
    if (model !== store.get("model")) return; // another model was selected in the meantime
    store.set({ pinned: { z: [...code], model } });
    goToTab("Latent map", "The cross marks this image’s code.");
  } catch (error) {
    notifyError(error);
  }
}

function goToTab(tab, text) {
  const back = openTab(tab);
  const action = back && { text: `Back to ${back.name}`, run: back.run };
  store.set({ notice: { text, action } });
}

// Returns the source (see store.js) of an image. The bytes are copied, because they are often a view of
// a batch.
export function asSource({ pixels, z, model }) {
  const code = z ? { z: [...z], model } : {};
  return { prepared: Uint8Array.from(pixels), ...code, prepare: true };
}

let close = () => {};

// Opens the menu of an image next to the element `anchor`. `without` lists the names of actions to omit.
export function openImageMenu(anchor, image, without = []) {
  close();
  const menu = document.createElement("div");
  menu.className = "image-menu";
  menu.setAttribute("role", "menu");
  const items = ACTIONS.filter(({ name }) => !without.includes(name)).map((action) => {
    const item = document.createElement("button");
    item.type = "button";
    item.setAttribute("role", "menuitem");
    item.textContent = action.text;
    item.addEventListener("click", () => {
      closeAndFocus();
      action.run(image);
    });
    return item;
  });
  menu.append(...items);
  document.body.append(menu);
  position(menu, anchor.getBoundingClientRect());
  anchor.setAttribute("aria-expanded", "true");
  items[0].focus({ preventScroll: true });

  const listeners = new AbortController();
  const { signal } = listeners;
  close = () => {
    close = () => {};
    listeners.abort();
    anchor.setAttribute("aria-expanded", "false");
    menu.remove();
  };
  function closeAndFocus() {
    close();
    anchor.focus({ preventScroll: true });
  }
  menu.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) items.at(next % items.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") closeAndFocus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target)) close();
  }, { signal, capture: true });
  // The menu follows its anchor: the scroll event of bringing the image into view often fires after the
  // menu has opened.
  const follow = () => position(menu, anchor.getBoundingClientRect());
  window.addEventListener("scroll", follow, { signal, capture: true });
  window.addEventListener("resize", follow, { signal });
}

// Makes an element a button that opens the menu of the image that `getImage()` returns, unless it is null.
export function attachImageMenu(element, getImage, without = []) {
  element.tabIndex = 0;
  element.setAttribute("role", "button");
  element.setAttribute("aria-haspopup", "menu");
  element.classList.add("has-menu");
  element.title = "Open a menu to use this image in other tabs";
  const open = (event) => {
    const image = getImage();
    if (image === null) return;
    event.preventDefault();
    openImageMenu(element, image, without);
  };
  element.addEventListener("click", open);
  element.addEventListener("contextmenu", open);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") open(event);
  });
}

// Positions the menu below the anchor if there is enough space, otherwise above, within the window.
function position(menu, anchor) {
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + 4;
  const top = below + height < window.innerHeight ? below : anchor.top - height - 4;
  menu.style.left = `${clamped(anchor.left, window.innerWidth - width)}px`;
  menu.style.top = `${clamped(top, window.innerHeight - height)}px`;
}

const clamped = (value, most) => Math.max(4, Math.min(value, most - 4));
