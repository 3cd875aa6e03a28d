// The tab Objective: its panels, each in a module of its own.
import { mount as heads } from "./objective_heads.js";
import { mount as lambda } from "./objective_lambda.js";
import { mount as likelihood } from "./objective_likelihood.js";
import { mount as replay } from "./objective_replay.js";
import { mountPanels } from "./panels.js";

export function mount(element, props, { root }) {
  const panels = Object.entries({ lambda, likelihood, heads, replay });
  mountPanels(element, Object.fromEntries(
    panels.map(([key, mountPanel]) => [key, (body) => mountPanel(body, props, root)]),
  ));
}
