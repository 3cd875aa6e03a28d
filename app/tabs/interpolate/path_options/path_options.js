// Options of the interpolation, export as a file, and an explanation.
import { download, bindChoice, bindSlider } from "../../../components/controls/controls.js";
import { showOnly } from "../../../frontend/js/dom.js";
import { fixed } from "../../../frontend/js/format.js";
import { call, unpack } from "../../../frontend/js/rpc.js";
import { notifyError, store } from "../../../frontend/js/store.js";

export function mount(element) {
  bindOptions(element);
  store.on(["path", "about"], ({ path, about }) => explain(element, path, about));
}

function bindOptions(element) {
  const field = (name) => element.querySelector(`[data-field=${name}]`);
  const action = (name) => element.querySelector(`[data-action=${name}]`);
  const change = (changes) => store.set({ path_options: { ...store.get("path_options"), ...changes } });

  const steps = bindSlider(field("steps"), (value) => change({ steps: value }));
  const method = bindChoice(field("method"), (value) => change({ method: value }));
  store.on(["path_options"], ({ path_options: options }) => {
    if (steps.value !== options.steps) steps.show(options.steps);
    method.show(options.method);
  });

  action("swap").addEventListener("click", () => {
    const [one, other, a, b] = ["source_a", "source_b", "a", "b"].map(store.get);
    // The encodings are swapped too, so that the path is requested once and not after each encoding.
    store.set({ source_a: other, source_b: one, a: b, b: a, path_at: 1 - store.get("path_at") });
  });
  const exports = { gif: "image/gif", strip: "image/png" };
  for (const [kind, type] of Object.entries(exports)) {
    action(kind).addEventListener("click", () => save(kind, type));
    store.on(["path"], ({ path }) => { action(kind).disabled = path === null; });
  }
}

async function save(kind, type) {
  const { model, z } = store.get("path");
  const { method } = store.get("path_options");
  try {
    const answer = await call("animate", { model, z_a: z[0], z_b: z.at(-1), steps: z.length, method });
    const name = `${model}-${method}-${z.length}.${type.split("/")[1]}`;
    download(new Blob([unpack(answer[kind])], { type }), name);
  } catch (error) {
    notifyError(error);
  }
}

function explain(element, path, about) {
  if (about === null) return;
  const size = about.latent_dim;
  for (const text of element.querySelectorAll("[data-text=size]")) text.textContent = size;
  element.querySelector("[data-text=radius]").textContent = fixed(Math.sqrt(size), 1);
  const isPoint = path !== null && same(path.z[0], path.z.at(-1));
  showOnly(element, [isPoint ? "same" : size > 2 ? "space" : "plane"]);
}

const same = (one, other) => one.every((value, i) => Math.abs(value - other[i]) < 1e-6);
