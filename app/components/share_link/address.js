// Keeps the address up to date with the store (properties.js). A change of the tab is an entry of the
// browser's history; other changes replace the entry once the visitor rests.
import { store } from "../../frontend/js/store.js";
import { PROPERTIES, writeState } from "./properties.js";

const REST_MS = 400; // WebKit permits 100 changes of the address in 30 seconds

let shown = null; // the state that the address holds, as a hash; null before the first link is open
let tab = null; // the tab of that state
let held = true; // a link is being opened
let timer;

// Leaves the address unchanged until acceptAddress().
export function holdAddress() {
  held = true;
}

// Starts to follow the store of a page that was opened without a link. What the visitor changed while
// it loaded is written.
export function beginAddress() {
  if (shown !== null) return; // a link was opened in the meantime
  start("");
  follow();
}

// Starts to follow the store, or accepts its state as that of the present address. `hash` is the part of the
// state that the address holds; the rest, for example a drawing, is written.
export function acceptAddress(hash = null) {
  start(hash ?? currentHash());
  if (hash !== null) follow();
}

function start(hash) {
  const isFirst = shown === null;
  clearTimeout(timer);
  held = false;
  shown = hash;
  tab = store.get("tab");
  if (isFirst) store.on(PROPERTIES.map(([, key]) => key), follow);
  nameTab();
}

function follow() {
  clearTimeout(timer);
  if (held) return;
  if (store.get("tab") === tab) {
    timer = setTimeout(() => write("replaceState"), REST_MS);
    return;
  }
  write("pushState");
  tab = store.get("tab");
  nameTab();
}

function write(method) {
  const hash = currentHash();
  if (hash === shown) return;
  shown = hash;
  const { pathname, search } = window.location;
  window.history[method](window.history.state, "", pathname + search + hash);
}

// Returns the hash of the present state.
export const currentHash = () => writeState(snapshot());

const snapshot = () => Object.fromEntries(
  ["models", ...PROPERTIES.map(([, key]) => key)].map((key) => [key, store.get(key)]),
);

const title = document.title;

function nameTab() {
  document.title = `${store.get("tab")} – ${title}`;
}
