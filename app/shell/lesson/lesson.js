// The lesson between header and tabs: shows the store's chapter, and opens others.
import { present } from "../../frontend/js/gradio_tabs.js";
import { store } from "../../frontend/js/store.js";
import {
  chapterCount, chapterHash, chapterIndex, closeLesson, openChapter, setChapters, stepChapter, toggleLesson,
} from "./chapters.js";

const MAX_SHARE = 0.45; // of the window's height, for header and lesson

export function mount(element, { chapters }) {
  setChapters(chapters);
  const find = (selector) => element.querySelector(selector);
  const lesson = find(".lesson");
  const articles = [...element.querySelectorAll("article")];
  const actions = { back: () => stepChapter(-1), next: () => stepChapter(1), close: closeLesson };
  for (const [name, act] of Object.entries(actions)) {
    find(`[data-action=${name}]`).addEventListener("click", act);
  }
  linkContents(element);
  bindButton();

  store.on(["lesson"], ({ lesson: key }) => {
    const at = chapterIndex(key);
    lesson.hidden = at < 0;
    articles.forEach((article, i) => {
      article.hidden = i !== at;
      if (article.hidden) article.querySelector(".answer").open = false;
    });
    find(".contents").open = false;
    if (at < 0) return;
    find("[data-action=back]").disabled = at === 0;
    find("[data-action=next]").disabled = at === chapterCount() - 1;
    find("[role=status]").textContent = articles[at].querySelector("h2").innerText;
    requestAnimationFrame(() => reveal(lesson)); // opening the chapter's tab scrolls, too
  });
}

// Scrolls to the lesson; in a low window the header gives its place to the tab.
function reveal(lesson) {
  const bottom = lesson.getBoundingClientRect().bottom + window.scrollY;
  lesson.scrollIntoView({ block: bottom > MAX_SHARE * window.innerHeight ? "start" : "nearest" });
}

// The addresses of the chapters are known once the models are; the marked one is open.
function linkContents(element) {
  const links = [...element.querySelectorAll(".contents a")];
  store.on(["models", "hide", "present", "lesson"], ({ models, lesson }) => {
    if (models.length === 0) return;
    links.forEach((link, i) => {
      link.href = chapterHash(i);
      if (link.dataset.chapter === lesson) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
  });
  // The address of the open chapter may be unchanged, which opens nothing.
  links.forEach((link, i) => link.addEventListener("click", (event) => {
    event.preventDefault();
    element.querySelector(".contents").open = false;
    openChapter(i);
  }));
}

// The header's button opens and closes the lesson.
async function bindButton() {
  const button = await present("#view [data-action=lesson]");
  button.hidden = false;
  button.addEventListener("click", toggleLesson);
  store.on(["lesson"], ({ lesson }) => button.setAttribute("aria-expanded", chapterIndex(lesson) >= 0));
}
