// The chapters of the lesson. Each one is an address with the state that it opens, so Back, Forward, reload
// and bookmarks work as everywhere on the page.
import { DEFAULTS, store } from "../../frontend/js/store.js";
import { readState, writeState } from "../../components/share_link/properties.js";

let chapters = []; // {key, state: {name in the address: text}}
let latest = 0; // the chapter that was open last

export function setChapters(list) {
  chapters = list;
}

export const chapterIndex = (key) => chapters.findIndex((chapter) => chapter.key === key);
export const chapterCount = () => chapters.length;

// Returns the address of the chapter at an index: the chapter's state, and the visitor's settings of how the
// page is shown and how images are preprocessed.
export function chapterHash(index) {
  const { key, state } = chapters[index];
  const models = store.get("models");
  const kept = Object.fromEntries(["hide", "present", "prepare"].map((name) => [name, store.get(name)]));
  const opened = readState(`#${new URLSearchParams(state)}`, { models });
  return writeState({ ...DEFAULTS, ...opened, ...kept, models, lesson: key });
}

export function openChapter(index) {
  if (index < 0 || index >= chapters.length) return;
  latest = index;
  window.location.hash = chapterHash(index);
}

// Opens the chapter after (1) or before (-1) the open one.
export const stepChapter = (direction) => openChapter(chapterIndex(store.get("lesson")) + direction);

export function toggleLesson() {
  if (store.get("lesson") === null) openChapter(latest);
  else closeLesson();
}

export function closeLesson() {
  latest = Math.max(0, chapterIndex(store.get("lesson")));
  store.set({ lesson: null });
}
