// Calls to Python. One road for every component; see bridge.py for what each call takes and gives.
import { notifyError } from "./store.js";

let functions = null;
let root = "";
let ready;
const connected = new Promise((resolve) => { ready = resolve; });

// `at` is the address that the page was served from.
export function connect(server, at) {
  functions = server;
  root = at;
  ready();
}

// The full address of a path that Python named in an answer.
export const addressOf = (path) => root + path;

// Calls one server function. Resolves to its answer; rejects with one sentence for the visitor.
export async function call(name, payload) {
  await connected;
  const answer = await functions[name](payload);
  // Gradio resolves `undefined` when the request failed; it never rejects.
  if (answer === undefined || answer === null) throw new Error("No answer from the server; is it still running?");
  if (answer.error) throw new Error(answer.error);
  return answer;
}

// Returns a function that sends one request at a time; of the payloads that wait the newest is sent.
// `fetch` is a server function's name, or any function from a payload to a promise. Each answer for
// which `isWanted(payload)` still holds goes to `deliver(answer, payload)`, each error to `fail(error)`.
export function latestOnly(fetch, deliver, { isWanted = () => true, fail = notifyError } = {}) {
  const ask = typeof fetch === "string" ? (payload) => call(fetch, payload) : fetch;
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
        const answer = await ask(current);
        if (isWanted(current)) deliver(answer, current);
      } catch (error) {
        fail(error);
      }
    }
    busy = false;
  };
}

// base64 of bytes, and back.
export const pack = (bytes) => btoa(String.fromCharCode(...bytes));
export const unpack = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
