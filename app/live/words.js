// What the page calls the pictures. Its sentences are written about digits; for a model of other data
// they speak of images.
import { store as page } from "./store.js";

// {name, data, digits, prepare} of a store's model (see store.js), absent before the page has it.
export const chosen = (store = page) =>
  store.get("models").find(({ name }) => name === store.get("model"));

// A sentence about digits, as it is said of a store's model's pictures.
export function inWords(sentence, store = page) {
  if (chosen(store)?.digits ?? true) return sentence;
  return sentence.replace(/\b(a\s+)?digit/g, (_, article) => (article ? "an image" : "image"));
}

// Keeps the static words of `element` true: its texts and the attributes that are read out.
export function speak(element) {
  const said = [...texts(element), ...labels(element)];
  page.on(["model", "models"], () => {
    for (const { node, sentence } of said) node.nodeValue = inWords(sentence);
  });
}

function* texts(element) {
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) yield* about(walk.currentNode);
}

function* labels(element) {
  for (const labelled of element.querySelectorAll("[aria-label], [title]")) {
    for (const name of ["aria-label", "title"]) yield* about(labelled.getAttributeNode(name));
  }
}

function* about(node) {
  if (node?.nodeValue.includes("digit")) yield { node, sentence: node.nodeValue };
}
