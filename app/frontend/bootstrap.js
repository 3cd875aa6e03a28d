// Mounted with the page, before any tab: connects rpc.js to the server functions, starts the encoding
// of the store's images, and shows notices.
import { start } from "./js/encodings.js";
import { connect } from "./js/rpc.js";
import { store } from "./js/store.js";
import { markTab, present } from "./js/gradio_tabs.js";

const NOTICE_MS = 6000;
const ACTION_MS = 10_000; // longer: a notice with a button must be readable and clickable

export function mount(element, props, { server, root }) {
  connect(server, root);
  // The model may have been selected before this script was loaded.
  const model = store.get("model") ?? props.models[0].name;
  store.set({ models: props.models, model });
  start();
  markTab();
  groupModels();
  showNotices();
}

// Gradio gives each radio button a name of its own; arrow keys need one name for all.
async function groupModels() {
  await present("#model input");
  for (const input of document.querySelectorAll("#model input")) input.name = "model";
}

function showNotices() {
  const toast = document.createElement("div");
  toast.id = "notice";
  toast.setAttribute("role", "status");
  document.body.append(toast);
  let timer;
  store.on(["notice"], ({ notice }) => {
    clearTimeout(timer);
    toast.replaceChildren(notice?.text ?? "", ...(notice?.action ? [actionButton(notice.action)] : []));
    toast.classList.toggle("shown", notice !== null);
    const shown = notice?.action ? ACTION_MS : NOTICE_MS;
    if (notice) timer = setTimeout(() => store.set({ notice: null }), shown);
  });
}

function actionButton({ text, run }) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", () => {
    store.set({ notice: null });
    run();
  });
  return button;
}
