// The one small menu of every picture: what a visitor may do with it. A picture is
// {pixels: Uint8Array(784), z, model}, z and model being absent for one that is no decoded code.
import { call, pack } from "../../frontend/js/rpc.js";
import { notifyError, store } from "../../frontend/js/store.js";
import { openTab } from "../../frontend/js/gradio_tabs.js";

const ACTIONS = [
  { name: "a", text: "Use as A", run: (picture) => useAs("A", "source_a", picture) },
  { name: "b", text: "Use as B", run: (picture) => useAs("B", "source_b", picture) },
  { name: "reconstruct", text: "Reconstruct", run: reconstruct },
  { name: "map", text: "Show on map", run: showOnMap },
];

// Stays where it is: A is often followed by B, from among the same pictures.
function useAs(end, key, picture) {
  store.set({ [key]: asSource(picture) });
  const action = { text: "Go to Interpolate", run: () => openTab("Interpolate") };
  store.set({ notice: { text: `This is ${end} now.`, action } });
}

function reconstruct(picture) {
  store.set({ source: asSource(picture) });
  leadTo("Reconstruct", "This is your image now.");
}

// A picture that is no code of this model is looked up by what the encoder makes of it.
async function showOnMap({ pixels, z, model: own }) {
  const model = store.get("model");
  try {
    const code = z && own === model ? z : (await call("encode", { model, pixels: pack(pixels) })).mu;
    if (model !== store.get("model")) return; // another map by now
    store.set({ place: { z: [...code], model } });
    leadTo("Latent map", "The cross marks this picture’s code.");
  } catch (error) {
    notifyError(error);
  }
}

function leadTo(tab, text) {
  const back = openTab(tab);
  const action = back && { text: `Back to ${back.name}`, run: back.run };
  store.set({ notice: { text, action } });
}

// The store's source (see store.js) of a picture. The bytes are copied: a picture is often a view
// into a whole batch.
export function asSource({ pixels, z, model }) {
  const own = z ? { z: [...z], model } : {};
  return { prepared: Uint8Array.from(pixels), ...own, prepare: true };
}

let close = () => {};

// Opens the menu beside `anchor` (an element). `without` names actions that would do nothing here.
export function openPictureMenu(anchor, picture, without = []) {
  close();
  const menu = document.createElement("div");
  menu.className = "picture-menu";
  menu.setAttribute("role", "menu");
  const items = ACTIONS.filter(({ name }) => !without.includes(name)).map((action) => {
    const item = document.createElement("button");
    item.type = "button";
    item.setAttribute("role", "menuitem");
    item.textContent = action.text;
    item.addEventListener("click", () => {
      leave();
      action.run(picture);
    });
    return item;
  });
  menu.append(...items);
  document.body.append(menu);
  place(menu, anchor.getBoundingClientRect());
  anchor.setAttribute("aria-expanded", "true");
  items[0].focus({ preventScroll: true });

  const outside = new AbortController();
  const { signal } = outside;
  close = () => {
    close = () => {};
    outside.abort();
    anchor.setAttribute("aria-expanded", "false");
    menu.remove();
  };
  // Back to where the visitor was, unless they went elsewhere by themselves.
  function leave() {
    close();
    anchor.focus({ preventScroll: true });
  }
  menu.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) items.at(next % items.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target)) close();
  }, { signal, capture: true });
  // It follows its picture: the scroll that brought the picture into view is often told of late,
  // when the menu is open already.
  const follow = () => place(menu, anchor.getBoundingClientRect());
  window.addEventListener("scroll", follow, { signal, capture: true });
  window.addEventListener("resize", follow, { signal });
}

// Makes an element a button that opens the menu of `picture()`; nothing opens while that is null.
export function givePictureMenu(element, picture, without = []) {
  element.tabIndex = 0;
  element.setAttribute("role", "button");
  element.setAttribute("aria-haspopup", "menu");
  element.classList.add("has-menu");
  const open = (event) => {
    const shown = picture();
    if (shown === null) return;
    event.preventDefault();
    openPictureMenu(element, shown, without);
  };
  element.addEventListener("click", open);
  element.addEventListener("contextmenu", open);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") open(event);
  });
}

// Below the anchor if there is room, else above; never over the window's edge.
function place(menu, anchor) {
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + 4;
  const top = below + height < window.innerHeight ? below : anchor.top - height - 4;
  menu.style.left = `${within(anchor.left, window.innerWidth - width)}px`;
  menu.style.top = `${within(top, window.innerHeight - height)}px`;
}

const within = (position, most) => Math.max(4, Math.min(position, most - 4));
