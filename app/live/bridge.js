// Mounts with the page, before any tab: hands the server functions to server.js, starts what keeps
// the store up to date, and shows its notices.
import { start } from "./digit.js";
import { connect } from "./server.js";
import { store } from "./store.js";
import { markTab, present } from "./tabs.js";

const NOTICE_MS = 6000;
const ACTION_MS = 10_000; // a button needs time to be reached

export function mount(element, props, { server, root }) {
  connect(server, root);
  // A visitor may have chosen a model while this script was still on its way.
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
