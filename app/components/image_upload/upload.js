// Images that the visitor selects, drops or pastes: sends them to Python, which preprocesses them, and
// passes them to a pad. An image may be dropped or pasted anywhere on the page.
import { MAX_BYTES } from "../../frontend/js/constants.js";
import { addressOf, call, unpack } from "../../frontend/js/rpc.js";
import { notifyError, selectedModel } from "../../frontend/js/store.js";
import { openTab } from "../../frontend/js/gradio_tabs.js";

const pads = []; // {element, receive}, in the order of the page

// Registers a pad for uploads. Calls `receive(image)` with the result of `read`.
export function receiveUploads(element, receive) {
  if (pads.length === 0) followPage();
  pads.push({ element, receive });
}

// Reads a file into a pad. An error is shown as a notice and changes nothing else.
export async function upload(file, element) {
  const { receive } = pads.find((pad) => pad.element === element);
  element.classList.add("reading");
  try {
    receive(await read(file));
    element.scrollIntoView({ block: "nearest", behavior: "smooth" });
  } catch (error) {
    notifyError(error);
  } finally {
    element.classList.remove("reading");
  }
}

// Resolves to {raw, prepared, others, remark}; rejects with one sentence.
async function read(file) {
  if (file.size > MAX_BYTES) throw new Error(`This file has ${inMB(file.size)} MB: send one of at most ${inMB(MAX_BYTES)} MB.`);
  const { raw, prepared, others, remark } = await call("read_upload", { path: await send(file) });
  if (prepared === null && selectedModel()?.prepare === "ink") throw new Error(remark);
  return { raw: unpack(raw), prepared: prepared && unpack(prepared), others: others.map(unpack), remark };
}

const inMB = (bytes) => Math.round(bytes / 1e6);

// Resolves to the path of the uploaded file on the server.
async function send(file) {
  const body = new FormData();
  body.append("files", file, file.name || "image");
  const answer = await fetch(addressOf("/gradio_api/upload"), { method: "POST", body }).catch(() => null);
  if (!answer?.ok) throw new Error("The image could not be sent. Check that the server is running, and try again.");
  const [path] = await answer.json();
  return path;
}

// The whole page

function followPage() {
  let depth = 0; // a drag enters an element before it leaves its parent
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
    event.preventDefault(); // otherwise the browser opens the image
    stop();
    uploadTo(event.dataTransfer.files[0], event.target);
  });
  window.addEventListener("paste", ({ clipboardData, target }) => {
    const image = [...clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (image) uploadTo(image, target);
  });
}

const holdsFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files") ?? false;

// Uploads a file to the pad under the pointer, otherwise to the first visible one.
function uploadTo(file, target) {
  if (!file) return;
  const shown = pads.filter(({ element }) => element.clientWidth > 0);
  const pad = shown.find(({ element }) => element.contains(target)) ?? shown[0] ?? pads[0];
  if (shown.length === 0) openTab("Reconstruct");
  upload(file, pad.element);
}
