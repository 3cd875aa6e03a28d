// Keeps the address up to date with the store (properties.js). A change of the tab is an entry of the
// browser's history; other changes replace the entry once the visitor rests, or leaves the page.
import { store } from "../../frontend/js/store.js";
import { PROPERTIES, writeState } from "./properties.js";

const REST_MS = 50; // after the last change: a stroke's last points come with the frame after its end
const PRESSED_MS = 400; // the same while a pointer is pressed
const LEAST_MS = 310; // between two changes of the address: WebKit permits 100 in 30 seconds

let shown = null; // the state that the address holds, as a hash; null before the first link is open
let tab = null; // the tab of that state
let held = true; // a link is being opened
let timer = null; // of a change that is not written yet
let written = -LEAST_MS; // when the address was changed last
let pressed = false;

// Leaves the address unchanged until acceptAddress().
export function holdAddress() {
  stopTimer();
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
  stopTimer();
  held = false;
  shown = hash;
  tab = store.get("tab");
  if (isFirst) {
    title = document.title;
    listen();
  }
  nameTab();
}

function listen() {
  store.on(PROPERTIES.map(([, key]) => key), follow);
  for (const type of ["pointerdown", "pointerup", "pointercancel"]) {
    window.addEventListener(type, () => {
      pressed = type === "pointerdown";
      if (timer !== null) follow();
    });
  }
  window.addEventListener("pagehide", writeNow);
  document.addEventListener("visibilitychange", writeNow);
}

function writeNow() {
  if (timer === null) return;
  stopTimer();
  write("replaceState");
}

function stopTimer() {
  clearTimeout(timer);
  timer = null;
}

function follow() {
  stopTimer();
  if (held) return;
  if (store.get("tab") === tab) {
    const rest = pressed ? PRESSED_MS : REST_MS;
    timer = setTimeout(writeNow, Math.max(rest, written + LEAST_MS - performance.now()));
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
  written = performance.now();
  const { pathname, search } = window.location;
  window.history[method](window.history.state, "", pathname + search + hash);
}

// Returns the hash of the present state.
export const currentHash = () => writeState(snapshot());

const snapshot = () => Object.fromEntries(
  ["models", ...PROPERTIES.map(([, key]) => key)].map((key) => [key, store.get(key)]),
);

let title; // of the page, which Gradio sets

function nameTab() {
  document.title = `${store.get("tab")} – ${title}`;
}
