// Remote procedure calls to Python; see rpc_endpoint.py for the requests and payloads.
import { notifyError } from "./store.js";

let functions = null;
let root = "";
let ready;
const connected = new Promise((resolve) => { ready = resolve; });

// `rootPath` is the URL path that the page was served from, without a slash at the end.
export function connect(server, rootPath) {
  functions = server;
  root = rootPath;
  ready();
}

// The full URL path of a path in a payload.
export const addressOf = (path) => root + path;

// Calls a server function. Resolves to its payload; rejects with an error for the visitor.
export async function call(name, payload) {
  await connected;
  const answer = await functions[name](payload);
  // Gradio resolves `undefined` when the request failed; it never rejects.
  if (answer === undefined || answer === null) throw new Error("No answer from the server; is it still running?");
  if (answer.error) throw new Error(answer.error);
  return answer;
}

// Returns `request(payload)`, which sends one request at a time and drops all waiting payloads but the
// latest. `fetch` is a server function's name, or a function from a payload to a promise. Calls
// `onResult(answer, payload)` unless the answer is stale (`isWanted(payload)` is false), and
// `fail(error)` for an error.
export function latestOnly(fetch, onResult, { isWanted = () => true, fail = notifyError } = {}) {
  const send = typeof fetch === "string" ? (payload) => call(fetch, payload) : fetch;
  let busy = false;
  let waiting = null;
  return async function request(payload) {
    waiting = payload;
    if (busy) return;
    busy = true;
    while (waiting !== null) {
      const current = waiting;
      waiting = null;
      try {
        const answer = await send(current);
        if (isWanted(current)) onResult(answer, current);
      } catch (error) {
        fail(error);
      }
    }
    busy = false;
  };
}

// Encodes bytes as base64, and decodes them.
export const pack = (bytes) => btoa(String.fromCharCode(...bytes));
export const unpack = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
