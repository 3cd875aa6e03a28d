// Pictures that the visitor chooses, drops or pastes: sends them to Python, which prepares them, and
// hands them to a pad. A picture may be dropped or pasted anywhere on the page.
import { addressOf, call, unpack } from "../../frontend/js/rpc.js";
import { store } from "../../frontend/js/store.js";
import { openTab } from "../../frontend/js/gradio_tabs.js";

const MAX_BYTES = 20_000_000; // MAX_BYTES of decode.py; Python checks it too
const pads = []; // {element, take}, in the order of the page

// Lets a pad receive pictures. `take(picture)` gets what `read` resolves to.
export function receive(element, take) {
  if (pads.length === 0) followPage();
  pads.push({ element, take });
}

// Reads a file onto a pad. Whatever goes wrong becomes a notice and changes nothing else.
export async function upload(file, element) {
  const { take } = pads.find((pad) => pad.element === element);
  element.classList.add("reading");
  try {
    take(await read(file));
    element.scrollIntoView({ block: "nearest", behavior: "smooth" });
  } catch (error) {
    store.set({ notice: { text: error.message } });
  } finally {
    element.classList.remove("reading");
  }
}

// Resolves to {raw, prepared, others, remark}; rejects with one sentence.
async function read(file) {
  if (file.size > MAX_BYTES) throw new Error(`This file has ${Math.round(file.size / 1e6)} MB: send one of at most 20 MB.`);
  const { raw, prepared, others, remark } = await call("read_upload", { path: await send(file) });
  const chosen = store.get("models").find(({ name }) => name === store.get("model"));
  if (prepared === null && chosen?.prepare === "ink") throw new Error(remark);
  return { raw: unpack(raw), prepared: prepared && unpack(prepared), others: others.map(unpack), remark };
}

// Resolves to the path at which the server keeps an uploaded file.
async function send(file) {
  const body = new FormData();
  body.append("files", file, file.name || "picture");
  const answer = await fetch(addressOf("/gradio_api/upload"), { method: "POST", body }).catch(() => null);
  if (!answer?.ok) throw new Error("The picture could not be sent; is the server still running?");
  const [path] = await answer.json();
  return path;
}

// The whole page

function followPage() {
  let depth = 0; // a drag enters an element before it leaves the one around it
  const mark = (on) => document.body.classList.toggle("dropping", on);
  const stop = () => { depth = 0; mark(false); };
  window.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    depth += 1;
    mark(true);
  });
  window.addEventListener("dragleave", (event) => {
    if (holdsFiles(event) && (depth -= 1) <= 0) stop();
  });
  window.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  window.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault(); // else the browser leaves the page for the picture
    stop();
    deliver(event.dataTransfer.files[0], event.target);
  });
  window.addEventListener("paste", ({ clipboardData, target }) => {
    const picture = [...clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (picture) deliver(picture, target);
  });
}

const holdsFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files") ?? false;

// The pad on which a picture lands: the one under the pointer, else the first that is in view.
function deliver(file, target) {
  if (!file) return;
  const shown = pads.filter(({ element }) => element.clientWidth > 0);
  const pad = shown.find(({ element }) => element.contains(target)) ?? shown[0] ?? pads[0];
  if (shown.length === 0) openTab("Reconstruct");
  upload(file, pad.element);
}
