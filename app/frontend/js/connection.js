// The connection to the server: whether it is there, and waiting until it is back.
import { store } from "./store.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

let ping = null;
let version = null; // of the page's scripts
let waiting = null;
let retry = () => {};

// `root` is the URL path that the page was served from, without a slash at the end; `current` is the version
// of its scripts.
export function watchConnection(root, current) {
  version = current;
  ping = `${root}/assets/version`;
}

// Resolves to whether the server answers. A newer version of the page is reported in the store.
export async function isReachable() {
  try {
    const response = await fetch(ping, { cache: "no-store" });
    if (!response.ok) return false;
    if (await response.text() !== version) store.set({ connection: "outdated" });
    return true;
  } catch {
    return false;
  }
}

// Resolves when the server answers again. All callers share one loop.
export function reconnected() {
  waiting ??= poll().finally(() => { waiting = null; });
  return waiting;
}

// Ends the current wait of `reconnected`.
export const retryNow = () => retry();

async function poll() {
  store.set({ connection: "lost" });
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    await new Promise((resolve) => {
      retry = resolve;
      setTimeout(resolve, wait);
      addEventListener("online", resolve, { once: true });
    });
    if (await isReachable()) break;
  }
  if (store.get("connection") === "lost") store.set({ connection: null });
}
