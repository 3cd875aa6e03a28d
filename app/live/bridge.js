// Mounts with the page, before any tab: hands the server functions to server.js, starts what keeps
// the store up to date, and shows its notices.
import { start } from "./digit.js";
import { connect } from "./server.js";
import { store } from "./store.js";

const NOTICE_MS = 6000;

export function mount(element, props, { server, root }) {
  connect(server, root);
  store.set({ models: props.models, model: props.models[0].name });
  start();
  showNotices();
}

function showNotices() {
  const toast = document.createElement("div");
  toast.id = "notice";
  toast.setAttribute("role", "status");
  document.body.append(toast);
  let timer;
  store.on(["notice"], ({ notice }) => {
    clearTimeout(timer);
    toast.textContent = notice?.text ?? "";
    toast.classList.toggle("shown", notice !== null);
    if (notice) timer = setTimeout(() => store.set({ notice: null }), NOTICE_MS);
  });
}
