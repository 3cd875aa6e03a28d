// How to go from A to B, the way as a file, and what there is to see.
import { download, bindChoice, bindSlider } from "../../components/controls/controls.js";
import { fixed } from "../../frontend/js/format.js";
import { call, unpack } from "../../frontend/js/rpc.js";
import { notifyError, store } from "../../frontend/js/store.js";

export function mount(element) {
  joinOptions(element);
  store.on(["path", "about"], ({ path, about }) => explain(element, path, about));
}

function joinOptions(element) {
  const field = (name) => element.querySelector(`[data-field=${name}]`);
  const action = (name) => element.querySelector(`[data-action=${name}]`);
  const change = (changes) => store.set({ walk: { ...store.get("walk"), ...changes } });

  const steps = bindSlider(field("steps"), (value) => change({ steps: value }));
  const method = bindChoice(field("method"), (value) => change({ method: value }));
  store.on(["walk"], ({ walk }) => {
    if (steps.value !== walk.steps) steps.show(walk.steps);
    method.show(walk.method);
  });

  action("swap").addEventListener("click", () => {
    const [one, other, a, b] = ["source_a", "source_b", "a", "b"].map(store.get);
    // What the model makes of them is known, so the path need not wait for it one end at a time.
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
  const { method } = store.get("walk");
  try {
    const answer = await call("animate", { model, z_a: z[0], z_b: z.at(-1), steps: z.length, method });
    const name = `${model}-${method}-${z.length}.${type.split("/")[1]}`;
    download(new Blob([unpack(answer[kind])], { type }), name);
  } catch (error) {
    notifyError(error);
  }
}

function explain(element, path, about) {
  const sentences = [
    "The path moves the code and decodes it at every point, so one image bends into "
    + "the other; the cross-fade only mixes gray levels, so both ends shine through.",
  ];
  if (path && same(path.z[0], path.z.at(-1))) sentences.push("Here A and B are the same code.");
  else if (about?.latent_dim > 2) {
    const radius = fixed(Math.sqrt(about.latent_dim), 1);
    sentences.push(
      `In ${about.latent_dim} dimensions nearly all of the prior lies at ‖z‖ ≈ √${about.latent_dim}`
      + ` = ${radius}: a straight line cuts inside of it, a spherical one turns along.`,
    );
  } else if (about) {
    sentences.push("In 2 dimensions the prior is densest at the origin, so spherical gains little.");
  }
  element.querySelector("[data-text=why]").textContent = sentences.join(" ");
}

const same = (one, other) => one.every((value, i) => Math.abs(value - other[i]) < 1e-6);
