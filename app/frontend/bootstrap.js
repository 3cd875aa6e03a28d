// Started with the first view: connects rpc.js to the server functions, starts the encoding of the store's
// images, and shows notices.
import { start } from "./js/encodings.js";
import { retryNow } from "./js/connection.js";
import { connect } from "./js/rpc.js";
import { store } from "./js/store.js";
import { markTab, present } from "./js/gradio_tabs.js";

const NOTICE_MS = 6000;
const ACTION_MS = 10_000; // longer: a notice with a button must be readable and clickable

// `props` is that of rpc_endpoint.py; `component` is the id of its component.
export function boot(props, component, root) {
  connect(root, component, props.version);
  store.set({ models: props.models, model: props.models[0].name, digit_check: props.digit_check });
  start();
  markTab();
  groupModels();
  showNotices();
  showConnection();
  markPrinting();
}

const CONNECTION = {
  lost: { text: "No connection to the server. Trying again…", action: "Retry now", run: retryNow },
  outdated: { text: "The server has a newer version of this page.", action: "Reload", run: () => location.reload() },
};

// Shows one line while the connection is lost or the page outdated.
function showConnection() {
  const line = document.createElement("div");
  line.id = "connection";
  line.setAttribute("role", "status");
  line.hidden = true;
  document.body.append(line);
  store.on(["connection"], ({ connection }) => {
    const state = CONNECTION[connection];
    line.hidden = !state;
    line.replaceChildren(...(state ? [state.text, button(state.action, state.run)] : []));
  });
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

// Sets body.printing, for print.css, and the light theme while the page is printed.
function markPrinting() {
  const { classList } = document.body;
  const print = window.matchMedia("print");
  let dark = false;
  print.addEventListener("change", () => {
    if (print.matches) dark = classList.contains("dark");
    classList.toggle("printing", print.matches);
    classList.toggle("dark", dark && !print.matches);
  });
}

const actionButton = ({ text, run }) => button(text, () => {
  store.set({ notice: null });
  run();
});

function button(text, run) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener("click", run);
  return element;
}
