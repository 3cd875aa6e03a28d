// Remote procedure calls to Python; requests.py has the requests.
import { isReachable, reconnected, watchConnection } from "./connection.js";
import { createPipeline } from "./pipeline.js";
import { notifyError } from "./store.js";

const SESSION = Math.random().toString(36).slice(2); // required by Gradio; server functions have no state
let component;
let root = "";

// `rootPath` is the URL path that the page was served from, without a slash at the end; `id` is that of Gradio's
// component of the server functions; `version` is that of the page's scripts.
export function connect(rootPath, id, version) {
  root = rootPath;
  component = id;
  watchConnection(rootPath, version);
}

// The full URL path of a path in a payload.
export const addressOf = (path) => root + path;

// Calls a server function. Resolves to its payload; rejects with an error for the visitor. Without a
// connection it waits, and calls again.
export async function call(name, payload) {
  for (;;) {
    const answer = await post(name, payload).catch(() => null);
    if (answer?.error) throw new Error(answer.error);
    if (answer) return answer;
    if (await isReachable()) throw new Error("The server did not answer this request. Please try again.");
    await reconnected();
  }
}

// As Gradio's own script does, which starts after the first view.
async function post(name, payload) {
  const response = await fetch(addressOf("/gradio_api/component_server/"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: payload, component_id: component, fn_name: name, session_hash: SESSION }),
  });
  return response.ok ? response.json() : null;
}

// Returns `request(payload)`, which sends one request at a time (or up to `most`, see pipeline.js) and
// drops all waiting payloads but the latest. `fetch` is a server function's name, or a function from a
// payload to a promise. Calls `onResult(answer, payload)` unless the answer is stale
// (`isWanted(payload)` is false), and `fail(error)` for an error.
export function latestOnly(fetch, onResult, { isWanted = () => true, fail = notifyError, ...options } = {}) {
  const send = typeof fetch === "string" ? (payload) => call(fetch, payload) : async (payload) => fetch(payload);
  return createPipeline(send, onResult, { isWanted, fail, ...options });
}

// Encodes bytes as base64, and decodes them.
export const pack = (bytes) => btoa(String.fromCharCode(...bytes));
export const unpack = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
